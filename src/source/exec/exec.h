/* The source `exec`: a program of the user's makes the feed. The fetcher pipes the page
 * through it (fm_plan.program): the program reads the page from standard input and writes
 * JSON Lines to standard output, which this source parses.
 *
 * One JSON object a line makes an entry, in the page's order:
 *
 *   id          absolute IRI, or what is made one by the page's address; without: link
 *   title       plain text; without: the entry is left out and counted
 *   link        address, absolute or relative to the page; or a list of
 *               {"href", "rel", "type", "title"}, rel "alternate" if it is not said
 *   summary     plain text
 *   content     HTML; cleaned, addresses made absolute
 *   published, updated   RFC 3339, another date that base/when.h reads, or Unix seconds
 *   authors     a list of names or {"name", "uri", "email"}; one alone without a list
 *   categories  a list of terms or {"term", "scheme", "label"}; one alone likewise
 *   numbers     an object: {"upvotes": 12}, for the filters min_ and max_
 *   rights      plain text
 *
 * A line {"feed": {...}} tells of the feed: title, subtitle, link, icon, logo,
 * language (RFC 5646), author, order ("page": keep the page's order; "published").
 * Members not named here are passed over. A line that is no JSON object, or a
 * member of the wrong kind, fails the page: the last good feed stays. */
#ifndef FM_SOURCE_EXEC_EXEC_H
#define FM_SOURCE_EXEC_EXEC_H

#include "base/why.h"
#include <feedmill/plugin.h>

extern const fm_source fm_exec;

enum {
  FM_EXEC_LINES_MAX = 5000, /* entries */
  FM_EXEC_TIME = 30         /* seconds, if exec.time is not set */
};
#define FM_EXEC_MEMORY ((int64_t)1 << 30) /* bytes, if exec.memory is not set */

/* Reads JSON Lines as above. `base` is the page's address. FM_E_NO_LIST, with the
 * line; the feed's head is what the lines say of it, the rest is untouched. */
int fm_exec_lines(const fm_host *host, fm_str lines, fm_str base, fm_feed *feed, fm_why *why);

#endif
