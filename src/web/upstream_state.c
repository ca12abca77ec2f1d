/* Describes the state of an upstream in one sentence of HTML. */
#include "web/upstream_state.h"

#include "base/clock.h"
#include "base/str.h"
#include "web/html.h"

#include <ctype.h>

static void never_asked(fm_buf *out)
{
  fm_buf_text(out, "<p class=\"state due\"><b>Not requested yet</b>: fetched on the first request.</p>\n");
}

/* Writes "Up to date", or "Failing, being refreshed now (waiting for the answer)". */
static void heading(fm_buf *out, const fm_upstream_info *info)
{
  const char *text = fm_upstream_state_text(info->state);
  bool failing = info->failures > 0;
  fm_buf_addf(out, "<p class=\"state%s\"><b>", failing ? " failing" : info->has_copy ? "" : " due");
  if (failing)
    fm_buf_text(out, "Failing");
  if (failing && info->state != FM_UPSTREAM_BACKING_OFF)
    fm_buf_addf(out, ", %s", text);
  else if (!failing)
    fm_buf_addf(out, "%c%s", toupper((unsigned char)text[0]), text + 1);
  if (info->doing)
    fm_html_put(out, " (", fm_str_of(info->doing), ")");
  fm_buf_text(out, "</b>");
}

static void times(fm_buf *out, const fm_upstream_info *info)
{
  int64_t now = fm_clock_wall();
  bool failing = info->failures > 0;
  const char *before = ": ";
  if (info->has_copy) {
    fm_buf_addf(out, "%s%zu %s on its page", before, info->entries, info->entries == 1 ? "entry" : "entries");
    before = ", ";
  }
  if (info->has_copy && info->fetched != FM_NO_TIME) {
    fm_buf_addf(out, "%s%s ", before, failing ? "readers get the copy of" : "fetched");
    fm_html_duration(out, now - info->fetched);
    fm_buf_text(out, " ago");
  } else if (failing) {
    fm_buf_addf(out, "%sthere is no copy to give", before);
    before = ", ";
  }
  if (info->next != FM_NO_TIME) {
    fm_buf_addf(out, "%s%s in ", before, failing ? "next try" : "next");
    fm_html_duration(out, info->next - now);
  }
}

void fm_html_upstream_state(fm_buf *out, const fm_upstream_info *info)
{
  bool known = info && (info->has_copy || info->failures || info->doing ||
                        info->fetched != FM_NO_TIME || info->state == FM_UPSTREAM_LOADING);
  if (!known) {
    never_asked(out);
    return;
  }
  heading(out, info);
  times(out, info);
  if (info->failed_over)
    fm_html_put(out, ", failed over to ", info->url, "");
  if (info->missing && info->lists == 1)
    fm_html_put(out, ", incomplete, the rest is kept from before: ", info->missed, "");
  else if (info->missing)
    fm_buf_addf(out, ", without %zu of its %zu lists, which are kept from before", info->missing,
                info->lists);
  if (info->missing && info->lists > 1)
    fm_html_put(out, ": ", info->missed, "");
  if (info->failures)
    fm_html_put(out, ". Reason: ", info->failure, "");
  fm_buf_text(out, ".</p>\n");
}
