/* Finds out of what form ids are, and which ids are of another. */
#include "mill/id_form.h"

#include "base/ascii.h"
#include "base/str.h"

#include <string.h>

enum {
  ID_MAX = 256,   /* bytes of an id that count */
  FORM_MAX = 32,
  FORMS_MAX = 16, /* with more forms than these, no id is of another form */
  PAST_LEAST = 5
};

typedef struct form {
  char text[FORM_MAX];
  size_t len;
} form;

typedef struct forms {
  char under[ID_MAX]; /* common prefix of all ids up to a separator; numbers are "0" */
  size_t nunder;
  form all[FORMS_MAX];
  size_t count;
} forms;

static bool is_separator(char c) { return c && strchr("/:?=&#", c); }

static bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Writes each run of digits as "0": the year in an address is another one next year. */
static size_t level(fm_str id, char out[ID_MAX])
{
  size_t n = 0;
  for (size_t i = 0; i < id.len && n < ID_MAX; i++) {
    if (!fm_is_digit(id.ptr[i]))
      out[n++] = id.ptr[i];
    else if (i == 0 || !fm_is_digit(id.ptr[i - 1]))
      out[n++] = '0';
  }
  return n;
}

/* Writes what stands between separators as "a" if it has letters, else as "0". */
static form form_of(const char *text, size_t len)
{
  form f = {.len = 0};
  for (size_t i = 0; i < len && f.len < FORM_MAX; i++) {
    if (is_separator(text[i])) {
      f.text[f.len++] = text[i];
    } else {
      bool letters = false;
      for (; i < len && !is_separator(text[i]); i++)
        letters |= is_letter(text[i]);
      i--;
      f.text[f.len++] = letters ? 'a' : '0';
    }
  }
  return f;
}

static bool has(const forms *all, const form *f)
{
  for (size_t i = 0; i < all->count; i++)
    if (all->all[i].len == f->len && memcmp(all->all[i].text, f->text, f->len) == 0)
      return true;
  return false;
}

static void find_place(const fm_feed *past, forms *all)
{
  char at[ID_MAX];
  all->nunder = level(past->entries[0].id, all->under);
  for (size_t i = 1; i < past->nentries; i++) {
    size_t len = level(past->entries[i].id, at), same = 0;
    while (same < len && same < all->nunder && at[same] == all->under[same])
      same++;
    all->nunder = same;
  }
  while (all->nunder && !is_separator(all->under[all->nunder - 1]))
    all->nunder--;
}

static bool find_forms(const fm_feed *past, forms *all)
{
  char at[ID_MAX];
  for (size_t i = 0; i < past->nentries; i++) {
    size_t len = level(past->entries[i].id, at);
    form f = form_of(at + all->nunder, len - all->nunder);
    if (has(all, &f))
      continue;
    if (all->count == FORMS_MAX)
      return false;
    all->all[all->count++] = f;
  }
  return true;
}

static bool is_seen(const forms *all, fm_str id)
{
  char at[ID_MAX];
  size_t len = level(id, at);
  if (len < all->nunder || memcmp(at, all->under, all->nunder) != 0)
    return false;
  form f = form_of(at + all->nunder, len - all->nunder);
  return has(all, &f);
}

size_t fm_id_form_count_unseen(const fm_feed *past, const fm_feed *seen, fm_str *example)
{
  forms all = {.count = 0};
  size_t unseen = 0;
  if (past->nentries < PAST_LEAST)
    return 0;
  find_place(past, &all);
  if (!find_forms(past, &all))
    return 0;
  for (size_t i = 0; i < seen->nentries; i++)
    if (!is_seen(&all, seen->entries[i].id)) {
      *example = seen->entries[i].id;
      unseen++;
    }
  return unseen;
}
