/* Time zones as values: looked up once, then pure and shared by threads.
 *
 * "UTC", fixed offsets ("+02:00", "-0530", "UTC+2"), the zones of RFC 822 and a few
 * more that pages write ("EST", "CEST"), and the names of the tz database
 * ("Europe/Berlin"), read from the machine's zoneinfo files (RFC 8536). */
#ifndef FM_BASE_ZONE_H
#define FM_BASE_ZONE_H

#include "base/mem.h"
#include "base/why.h"
#include <stdbool.h>

typedef struct fm_zone fm_zone;

/* Finds a zone; it lives in the arena. FM_E_CONFIG with the reason: no such name,
 * or its file is of no use. */
int fm_zone_find(fm_str name, fm_arena *arena, const fm_zone **zone, fm_why *why);

/* Seconds east of UTC at a time. NULL is UTC. */
int fm_zone_offset(const fm_zone *zone, int64_t time);
/* The time at which the zone's clocks show `local` (as if it were UTC). Shown
 * twice in autumn: the first time. Never shown in spring: what the clocks would
 * have shown without the jump. */
int64_t fm_zone_time(const fm_zone *zone, int64_t local);

/* The offset of an abbreviation or of an offset as it is written in a date
 * ("CEST", "Z", "+0200", "GMT+2"); false: neither. Of abbreviations that several
 * places use for themselves (IST, CST) only RFC 822's meaning is known. */
bool fm_zone_written(fm_str text, int *offset);

#endif
