#include "mill/trail.h"

#include "base/str.h"
#include "mill/gather.h"

enum { HEX = 16, FIELDS = 6 };

static bool leaves_one(const page *p)
{
  const part *only = &p->parts[0];
  return p->nparts > 1 || only->found.len || only->nids ||
         (only->from.len && !fm_str_eq(only->from, p->url));
}

static size_t all_ids(const page *p)
{
  size_t count = 0;
  for (size_t i = 0; i < p->nparts; i++)
    count += p->parts[i].nids;
  return count;
}

void trail_write(const page *p, fm_buf *out)
{
  bool ids = all_ids(p) <= TRAIL_IDS;
  for (size_t i = 0; i < p->nparts; i++) {
    const part *one = &p->parts[i];
    fm_buf_addf(out, "%.*s\t%.*s\t%.*s\t%.*s\t%.*s\t", FM_FMT(one->ways[0].url), FM_FMT(one->found),
                FM_FMT(one->from), FM_FMT(one->etag), FM_FMT(one->last_modified));
    for (size_t k = 0; k < one->nids && ids; k++)
      fm_buf_addf(out, "%016llx", (unsigned long long)one->ids[k]);
    fm_buf_char(out, '\n');
  }
}

static int digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const uint64_t *read_ids(fm_arena *arena, fm_str text, size_t *count)
{
  uint64_t *ids = fm_arena_alloc(arena, (text.len / HEX + 1) * sizeof *ids);
  for (size_t i = 0; i < text.len; i++) {
    int value = digit(text.ptr[i]);
    if (value < 0 || text.len % HEX || text.len / HEX > TRAIL_IDS)
      return ids;
    ids[i / HEX] = ids[i / HEX] << 4 | (uint64_t)value;
  }
  *count = text.len / HEX;
  return ids;
}

static void set_part(part *to, const fm_str fields[FIELDS])
{
  fm_arena arena = {0};
  size_t nids = 0;
  const uint64_t *ids = read_ids(&arena, fields[5], &nids);
  fm_str texts[FIELDS];
  for (size_t i = 1; i < 5; i++)
    texts[i] = fm_arena_str(&arena, fields[i]);
  to->reason = fm_arena_str(&arena, to->reason);
  fm_arena_deinit(&to->memory);
  to->memory = arena;
  to->found = texts[1];
  to->from = texts[2];
  to->etag = texts[3];
  to->last_modified = texts[4];
  to->ids = ids;
  to->nids = nids;
}

static bool knows(const part *one) { return one->from.len || one->found.len || one->nids; }

void trail_read(page *p, fm_str text, bool all)
{
  fm_str line;
  while (text.len && fm_str_cut(&text, '\n', &line)) {
    fm_str fields[FIELDS] = {{NULL, 0}};
    size_t count = 0;
    while (count < FIELDS && fm_str_cut(&line, '\t', &fields[count]))
      count++;
    for (size_t i = 0; i < p->nparts && count == FIELDS; i++)
      if (fm_str_eq(p->parts[i].ways[0].url, fields[0]) && (all || !knows(&p->parts[i])))
        set_part(&p->parts[i], fields);
  }
}

void trail_save(page *p)
{
  fm_buf text;
  fm_buf_init(&text, TRAIL_MAX);
  bool was = p->trail && p->trail != fm_gather_id((fm_str){NULL, 0});
  if (leaves_one(p))
    trail_write(p, &text);
  else if (was)
    fm_buf_char(&text, '-'); /* nothing any more */
  uint64_t hash = fm_gather_id(fm_buf_view(&text));
  if (text.len && !text.full && hash != p->trail) {
    own_trail(p->mill, p->key, fm_buf_view(&text));
    p->trail = hash;
  }
  fm_buf_deinit(&text);
}
