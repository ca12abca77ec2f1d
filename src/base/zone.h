/* Time zones. A zone is looked up once, then immutable and shared by threads.
 *
 * Known are "UTC", fixed offsets ("+02:00", "-0530", "UTC+2"), common abbreviations ("EST",
 * "CEST") and the names of the tz database ("Europe/Berlin"), read from the system's
 * zoneinfo files (RFC 8536). */
#ifndef FM_BASE_ZONE_H
#define FM_BASE_ZONE_H

#include "base/mem.h"
#include "base/why.h"
#include <stdbool.h>

typedef struct fm_zone fm_zone;

/* Finds a zone and allocates it in the arena. FM_E_CONFIG with the reason if the name is
 * unknown or its file is invalid. */
int fm_zone_find(fm_str name, fm_arena *arena, const fm_zone **zone, fm_why *why);

/* Seconds east of UTC at a time. A NULL zone is UTC. */
int fm_zone_offset(const fm_zone *zone, int64_t time);
/* Converts local time (expressed as if it were UTC) to UTC. A local time that occurs twice
 * in autumn yields the first occurrence; one that is skipped in spring is read with the
 * offset before the transition. */
int64_t fm_zone_time(const fm_zone *zone, int64_t local);

/* Parses an abbreviation or offset as written in a date ("CEST", "Z", "+0200", "GMT+2"); false
 * if it is neither. Of an abbreviation with several meanings the language (BCP 47, may be
 * empty) chooses one, otherwise it has the most common. */
bool fm_zone_parse_offset(fm_str text, fm_str language, int *offset);

/* A zone of the tz database by its name ("America/New_York"), or NULL. Each is read once and
 * kept for the life of the process; at most FM_ZONES_MAX. Any thread. */
enum { FM_ZONES_MAX = 700 };
const fm_zone *fm_zone_cached(fm_str name);

#endif
