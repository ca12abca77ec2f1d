/* What is remembered of an input between two refreshes, and its text form in the store. */
#include "mill/input_state.h"

#include "base/str.h"

enum { ID_DIGITS = 16 };
enum field { ENDPOINT, REDIRECT_TO, URL, ETAG, LAST_MODIFIED, IDS, FIELDS };

void fm_input_state_deinit(fm_input_state *state)
{
  fm_arena_deinit(&state->arena);
  *state = (fm_input_state){.arena = {0}};
}

void fm_input_state_set(fm_input_state *state, const fm_input_state *from)
{
  fm_arena arena = {0};
  fm_input_state copy = {
    .redirect_to = fm_arena_str(&arena, from->redirect_to),
    .url = fm_arena_str(&arena, from->url),
    .etag = fm_arena_str(&arena, from->etag),
    .last_modified = fm_arena_str(&arena, from->last_modified),
    .reason = fm_arena_str(&arena, from->reason),
    .nids = from->nids, .failing = from->failing, .failover = state->failover,
  };
  uint64_t *ids = fm_arena_alloc(&arena, (from->nids + 1) * sizeof *ids);
  if (from->nids)
    memcpy(ids, from->ids, from->nids * sizeof *ids);
  copy.ids = ids;
  copy.arena = arena;
  fm_arena_deinit(&state->arena);
  *state = copy;
}

/* ---- as text ---- */

bool fm_inputs_worth_storing(const fm_input *inputs, size_t count)
{
  const fm_input_state *only = &inputs[0].state;
  return count > 1 || only->redirect_to.len || only->nids ||
         (only->url.len && !fm_str_eq(only->url, inputs[0].endpoints[0].url));
}

static size_t count_ids(const fm_input *inputs, size_t count)
{
  size_t ids = 0;
  for (size_t i = 0; i < count; i++)
    ids += inputs[i].state.nids;
  return ids;
}

static bool has_separator(fm_str text)
{
  return text.len && (memchr(text.ptr, '\t', text.len) || memchr(text.ptr, '\n', text.len));
}

static void encode_one(const fm_input *input, bool with_ids, fm_buf *out)
{
  const fm_input_state *state = &input->state;
  const fm_str texts[IDS] = {
    [ENDPOINT] = input->endpoints[0].url, [REDIRECT_TO] = state->redirect_to,
    [URL] = state->url, [ETAG] = state->etag, [LAST_MODIFIED] = state->last_modified,
  };
  for (size_t i = 0; i < IDS; i++)
    if (has_separator(texts[i]))
      return;
  for (size_t i = 0; i < IDS; i++)
    fm_buf_addf(out, "%.*s\t", FM_FMT(texts[i]));
  for (size_t i = 0; i < state->nids && with_ids; i++)
    fm_buf_addf(out, "%016llx", (unsigned long long)state->ids[i]);
  fm_buf_char(out, '\n');
}

void fm_inputs_encode(const fm_input *inputs, size_t count, fm_buf *out)
{
  bool with_ids = count_ids(inputs, count) <= FM_INPUT_STATE_IDS;
  for (size_t i = 0; i < count; i++)
    encode_one(&inputs[i], with_ids, out);
}

static int hex_digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* No ids if the text is malformed: then the next request is not conditional. */
static const uint64_t *decode_ids(fm_str text, fm_arena *arena, size_t *count)
{
  size_t most = text.len / ID_DIGITS;
  if (text.len % ID_DIGITS || most > FM_INPUT_STATE_IDS)
    return NULL;
  uint64_t *ids = fm_arena_alloc(arena, (most + 1) * sizeof *ids);
  for (size_t i = 0; i < text.len; i++) {
    int value = hex_digit(text.ptr[i]);
    if (value < 0)
      return NULL;
    ids[i / ID_DIGITS] = ids[i / ID_DIGITS] << 4 | (uint64_t)value;
  }
  *count = most;
  return ids;
}

static void decode_one(const fm_str fields[FIELDS], fm_input_state *state)
{
  fm_arena arena = {0};
  fm_input_state from = {
    .redirect_to = fields[REDIRECT_TO], .url = fields[URL], .etag = fields[ETAG],
    .last_modified = fields[LAST_MODIFIED], .failing = state->failing, .reason = state->reason,
  };
  from.ids = decode_ids(fields[IDS], &arena, &from.nids);
  fm_input_state_set(state, &from);
  fm_arena_deinit(&arena);
}

static bool knows(const fm_input_state *state)
{
  return state->url.len || state->redirect_to.len || state->nids;
}

void fm_inputs_decode(fm_str text, fm_input *inputs, size_t count, bool overwrite)
{
  fm_str line;
  while (text.len && fm_str_cut(&text, '\n', &line)) {
    fm_str fields[FIELDS] = {{NULL, 0}};
    size_t nfields = 0;
    while (nfields < FIELDS && fm_str_cut(&line, '\t', &fields[nfields]))
      nfields++;
    for (size_t i = 0; i < count && nfields == FIELDS; i++)
      if (fm_str_eq(inputs[i].endpoints[0].url, fields[ENDPOINT]) &&
          (overwrite || !knows(&inputs[i].state)))
        decode_one(fields, &inputs[i].state);
  }
}
