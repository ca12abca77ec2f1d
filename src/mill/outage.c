/* Outages, for /status.atom: one for each time that a page stopped coming. */
#include "base/clock.h"
#include "base/str.h"
#include "mill/mill_internal.h"

#include <stdlib.h>

static void outage_free(fm_outage *o)
{
  free(o->page);
  free(o->url);
  free(o->reason);
  free(o->what);
}

static char *text_of(fm_str s)
{
  char *copy = fm_zalloc(s.len + 1);
  if (s.len)
    memcpy(copy, s.ptr, s.len);
  return copy;
}

/* The latest of a page; NULL: it never had one. */
static fm_outage *latest(const page *p)
{
  for (size_t i = p->mill->noutages; i; i--)
    if (fm_str_is(p->key, p->mill->outages[i - 1].page))
      return &p->mill->outages[i - 1];
  return NULL;
}

/* Keeps them in order of time; the oldest makes room. Takes the texts. */
static void add(fm_mill *mill, const fm_outage *o)
{
  if (mill->noutages == FM_MILL_OUTAGES) {
    outage_free(&mill->outages[0]);
    memmove(mill->outages, mill->outages + 1, --mill->noutages * sizeof *mill->outages);
  }
  size_t at = mill->noutages++;
  for (; at && mill->outages[at - 1].began > o->began; at--)
    mill->outages[at] = mill->outages[at - 1];
  mill->outages[at] = *o;
}

/* A page that nobody configured and that never was has not broken. */
static bool counts(const page *p)
{
  if (p->doc)
    return true;
  FM_LIST_EACH(node, &p->views)
    if (FM_OF(node, view, node)->name.len)
      return true;
  return false;
}

static const char *what_of(const page *p)
{
  switch (p->error) {
  case FM_E_NO_LIST:
    return fm_oddity_text(p->odd ? p->odd : FM_ODD_NO_LIST);
  case FM_E_TIMEOUT:
    return "it did not come in time";
  case FM_E_FORBIDDEN:
    return "it may not be fetched";
  case FM_E_TOO_BIG:
    return "it is too big";
  default:
    return "it could not be had";
  }
}

void outage_began(page *p)
{
  fm_outage *last = latest(p);
  if (!counts(p) || (last && last->ended == FM_NO_TIME))
    return;
  fm_outage o = {
    .page = text_of(p->key), .url = text_of(p->url), .reason = text_of(p->meta.failure),
    .what = fm_strdup(what_of(p)), .began = fm_clock_wall(), .ended = FM_NO_TIME,
    .odd = p->error == FM_E_NO_LIST ? p->odd : FM_ODD_NONE,
  };
  if (last && last->began >= o.began) /* one of the same second: a name for each */
    o.began = last->began + 1;
  own_outage(p->mill, &o);
  add(p->mill, &o);
}

void outage_ended(page *p)
{
  fm_outage *o = latest(p);
  if (!o || o->ended != FM_NO_TIME)
    return;
  int64_t now = fm_clock_wall();
  o->ended = now > o->began ? now : o->began;
  o->taken = p->sentinel.taken && o->odd == p->sentinel.odd;
  own_outage(p->mill, o);
}

void outage_recall(page *p)
{
  const fm_outage *o = latest(p);
  if (p->recalled)
    return;
  p->recalled = true;
  if (!o || !o->odd || o->odd == FM_ODD_NO_LIST || (o->ended != FM_NO_TIME && !o->taken))
    return;
  p->sentinel = (fm_sentinel){.odd = o->odd, .since = o->began, .taken = o->taken,
                              .count = p->meta.failures};
}

void outage_normal(page *p)
{
  fm_outage *o = latest(p);
  if (!o || !o->taken)
    return;
  o->taken = false;
  own_outage(p->mill, o);
}

void outage_learn(fm_mill *mill, const fm_outage *o)
{
  for (size_t i = 0; i < mill->noutages; i++) {
    fm_outage *known = &mill->outages[i];
    if (known->began != o->began || strcmp(known->page, o->page) != 0)
      continue;
    if (known->ended == FM_NO_TIME || o->ended != FM_NO_TIME) {
      known->ended = o->ended;
      known->taken = o->taken;
    }
    return;
  }
  fm_outage copy = *o;
  copy.page = fm_strdup(o->page);
  copy.url = fm_strdup(o->url);
  copy.reason = fm_strdup(o->reason);
  copy.what = fm_strdup(o->what);
  add(mill, &copy);
}

void outages_free(fm_mill *mill)
{
  for (size_t i = 0; i < mill->noutages; i++)
    outage_free(&mill->outages[i]);
}

const fm_outage *fm_mill_outages(const fm_mill *mill, size_t *count)
{
  *count = mill->noutages;
  return mill->outages;
}
