/* The source `exec`: a program of the user's makes the feed. It reads the page from standard
 * input and writes JSON Lines to standard output.
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

#include "base/buf.h"
#include "base/why.h"
#include <feedmill/plugin.h>

extern const fm_source fm_exec;

enum {
  FM_EXEC_LINES_MAX = 5000,      /* entries */
  FM_EXEC_OUTPUT_MAX = 32 << 20, /* bytes of its output */
  FM_EXEC_TIME = 30              /* seconds, where exec.time is not said */
};
#define FM_EXEC_MEMORY ((uint64_t)1 << 30) /* where exec.memory is not said */

typedef struct fm_exec_run {
  const char *const *words; /* path, or a name for PATH, and arguments; NULL after the last */
  fm_str url;         /* FEEDMILL_URL, and {url} in the arguments */
  fm_str charset;     /* FEEDMILL_CHARSET; empty: not said */
  fm_str input;
  int64_t time;       /* seconds, by the clock and of CPU */
  uint64_t memory;    /* bytes of address space of each process */
  size_t output_max;
} fm_exec_run;

/* Runs a program to its end: no shell, a process group of its own that is killed
 * as a whole, no descriptors but its three, limits set. FM_OK with its output in
 * `out`; else FM_E_NO_LIST, FM_E_TIMEOUT, FM_E_TOO_BIG or FM_E_IO and why (of its
 * standard error the last line). Blocks: for pool threads and commands. */
int fm_exec_program(const fm_exec_run *run, fm_buf *out, fm_why *why);

/* Reads JSON Lines as above. `base` is the page's address. FM_E_NO_LIST, with the
 * line; the feed's head is what the lines say of it, the rest is untouched. */
int fm_exec_lines(const fm_host *host, fm_str lines, fm_str base, fm_feed *feed, fm_why *why);

#endif
