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
}

static char *text_of(fm_str s)
{
  char *copy = fm_zalloc(s.len + 1);
  if (s.len)
    memcpy(copy, s.ptr, s.len);
  return copy;
}

void outage_began(page *p)
{
  fm_mill *mill = p->mill;
  if (mill->noutages == FM_MILL_OUTAGES) {
    outage_free(&mill->outages[0]);
    memmove(mill->outages, mill->outages + 1, --mill->noutages * sizeof *mill->outages);
  }
  mill->outages[mill->noutages++] = (fm_outage){
    .page = text_of(p->key), .url = text_of(p->url), .reason = text_of(p->meta.failure),
    .began = fm_clock_wall(), .ended = FM_NO_TIME,
  };
}

void outage_ended(page *p)
{
  for (size_t i = 0; i < p->mill->noutages; i++) {
    fm_outage *o = &p->mill->outages[i];
    if (o->ended == FM_NO_TIME && fm_str_is(p->key, o->page))
      o->ended = fm_clock_wall();
  }
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
