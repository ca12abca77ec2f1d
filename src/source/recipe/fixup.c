/* Applies regular expressions (PCRE2) to field texts. Patterns may be careless and texts
 * hostile, so there are limits: one for a match, which is then abandoned and leaves the text
 * unchanged, and one for all matches on a page, beyond which the extraction fails. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/buf.h"
#include "base/str.h"
#include "source/recipe/internal.h"

#include <pcre2.h>
#include <stdlib.h>

enum {
  MATCH_MAX = 100000, /* backtracking steps of one match */
  PASSED_FREE = 256,  /* subject bytes per unit of a step's cost */
  HEAP_KIB = 4096,
  TEXT_MAX = 256 * 1024, /* maximum length of input and output in bytes */
  PATTERN_MAX = 4096
};

static const uint32_t SUBSTITUTE = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED |
                                   PCRE2_SUBSTITUTE_OVERFLOW_LENGTH | PCRE2_SUBSTITUTE_UNSET_EMPTY;

int fm_recipe_fixup_compile(fm_str pattern, fm_fixup *fixup, size_t *at, fm_why *why)
{
  int code;
  PCRE2_SIZE offset;
  *at = 0;
  if (pattern.len > PATTERN_MAX)
    return fm_fail(why, FM_E_SYNTAX, "a pattern has at most %d bytes", PATTERN_MAX);
  pcre2_code *made = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.ptr : ""), pattern.len,
                                   PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT,
                                   &code, &offset, NULL);
  if (!made) {
    PCRE2_UCHAR text[200];
    pcre2_get_error_message(code, text, sizeof text);
    *at = offset;
    return fm_fail(why, FM_E_SYNTAX, "%s", (const char *)text);
  }
  fixup->code = made;
  return FM_OK;
}

/* PCRE2 checks a replacement only if the pattern matches. So the check uses the pattern with
 * an empty alternative, which has the same groups. (The line break ends a comment of (?x). A
 * verb or an unclosed \Q may prevent the match; then any replacement is accepted.) */
static pcre2_code *matching(fm_str pattern)
{
  int code;
  PCRE2_SIZE offset;
  fm_buf text;
  fm_buf_init(&text, FM_BUF_MAX);
  fm_buf_str(&text, pattern);
  fm_buf_text(&text, "\n|");
  fm_str wider = fm_buf_view(&text);
  pcre2_code *made =
    pcre2_compile((PCRE2_SPTR)wider.ptr, wider.len, PCRE2_UTF | PCRE2_UCP, &code, &offset, NULL);
  fm_buf_deinit(&text);
  return made;
}

int fm_recipe_fixup_replacement(fm_str pattern, fm_str replace, size_t *at, fm_why *why)
{
  pcre2_code *code = matching(pattern);
  if (!code)
    return FM_OK;
  pcre2_match_context *context = pcre2_match_context_create(NULL);
  if (!context)
    abort();
  pcre2_set_match_limit(context, MATCH_MAX);
  PCRE2_UCHAR out[1];
  PCRE2_SIZE len = sizeof out;
  int count = pcre2_substitute(code, (PCRE2_SPTR) "", 0, 0, SUBSTITUTE, NULL, context,
                               (PCRE2_SPTR)(replace.len ? replace.ptr : ""), replace.len, out, &len);
  pcre2_match_context_free(context);
  pcre2_code_free(code);
  *at = len <= replace.len ? len : replace.len;
  switch (count) {
    case PCRE2_ERROR_NOSUBSTRING:
      return fm_fail(why, FM_E_SYNTAX, "the pattern has no such group");
    case PCRE2_ERROR_BADREPLACEMENT:
      return fm_fail(why, FM_E_SYNTAX, "after \"$\" a group is wanted, or another \"$\"");
    case PCRE2_ERROR_BADREPESCAPE:
      return fm_fail(why, FM_E_SYNTAX, "no such escape; \"\\\\\" is a backslash");
    case PCRE2_ERROR_REPMISSINGBRACE:
    case PCRE2_ERROR_BADSUBSTITUTION:
      return fm_fail(why, FM_E_SYNTAX, "malformed \"${\"");
    default: return FM_OK;
  }
}

void fm_recipe_fixups_free(fm_recipe *recipe)
{
  for (size_t i = 0; i < recipe->nfixups; i++)
    pcre2_code_free(recipe->fixups[i].code);
  recipe->nfixups = 0;
}

/* Callout at each step of a match: charges the page's budget. */
static int on_step(pcre2_callout_block *block, void *ctx)
{
  size_t *left = ctx, price = 1 + block->subject_length / PASSED_FREE;
  *left = *left > price ? *left - price : 0;
  return *left ? 0 : PCRE2_ERROR_CALLOUT;
}

static pcre2_match_context *limits(size_t *left)
{
  pcre2_match_context *context = pcre2_match_context_create(NULL);
  if (!context)
    abort();
  pcre2_set_match_limit(context, MATCH_MAX);
  pcre2_set_heap_limit(context, HEAP_KIB);
  pcre2_set_callout(context, on_step, left);
  return context;
}

/* Replaces every match; a text over a limit stays unchanged. */
static fm_str substitute(const fm_fixup *fixup, fm_str text, pcre2_match_context *context,
                         fm_arena *arena)
{
  PCRE2_SIZE room = text.len + 1024, len = room;
  char *out = fm_alloc(room);
  PCRE2_SPTR subject = (PCRE2_SPTR)text.ptr, with = (PCRE2_SPTR)fixup->replace.ptr;
  int count = pcre2_substitute(fixup->code, subject, text.len, 0, SUBSTITUTE, NULL, context, with,
                               fixup->replace.len, (PCRE2_UCHAR *)out, &len);
  if (count == PCRE2_ERROR_NOMEMORY && len > room && len <= TEXT_MAX) {
    out = fm_realloc(out, len);
    count = pcre2_substitute(fixup->code, subject, text.len, 0, SUBSTITUTE, NULL, context, with,
                             fixup->replace.len, (PCRE2_UCHAR *)out, &len);
  }
  if (count > 0)
    text = fm_arena_str(arena, (fm_str){out, len});
  free(out);
  return text;
}

fm_str fm_recipe_fix(fm_recipe_job *job, enum fm_field_name field, fm_str text)
{
  const fm_recipe *recipe = job->recipe;
  pcre2_match_context *context = NULL;
  for (size_t i = 0; i < recipe->nfixups && text.len && text.len <= TEXT_MAX; i++) {
    if (recipe->fixups[i].field != field || !job->steps)
      continue;
    context = context ? context : limits(&job->steps);
    text = substitute(&recipe->fixups[i], text, context, &job->arena);
  }
  pcre2_match_context_free(context);
  return text;
}
