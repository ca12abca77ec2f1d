/* Skips elements that are removed with their content. An element without an end tag loses
 * only its start tag, so that it does not swallow the rest of the text. */
#include "base/str.h"
#include "feed/html/sanitize_parts.h"

static bool is_endless(const fm_html_skip *skip, const fm_html_element *element)
{
  for (unsigned i = 0; i < skip->count; i++)
    if (skip->endless[i] == element)
      return true;
  return false;
}

static void note_endless(fm_html_skip *skip, const fm_html_element *element)
{
  if (skip->count < FM_HTML_ENDLESS)
    skip->endless[skip->count++] = element;
}

static void skip_raw(fm_html_skip *skip, fm_markup *in, const fm_html_element *element, fm_str name,
                     enum fm_tag_part part)
{
  if (!is_endless(skip, element)) {
    if (fm_markup_skip_to(in, name))
      return;
    note_endless(skip, element);
  }
  /* Without an end tag, the rest of the text after <script> or <style> is removed. */
  if (part == FM_TAG_PART_END && (fm_html_is(element, "script") || fm_html_is(element, "style")))
    in->at = in->end;
}

static fm_str local_name(const fm_markup *in, fm_str name)
{
  const char *colon = in->xml ? memrchr(name.ptr, ':', name.len) : NULL;
  return colon ? fm_str_from(name, (size_t)(colon - name.ptr) + 1) : name;
}

/* To behind the end tag; false at the end of the text. */
static bool skip_tree(fm_html_skip *skip, fm_markup *in, const fm_html_element *element)
{
  fm_str text;
  unsigned open = 1;
  enum fm_token mark;
  while ((mark = fm_markup_next(in, &text)) != FM_TOKEN_END) {
    if (mark != FM_TOKEN_OPEN && mark != FM_TOKEN_CLOSE)
      continue;
    const fm_html_element *at = fm_html_element_find(local_name(in, text));
    if (mark == FM_TOKEN_CLOSE) {
      if (at == element && --open == 0)
        return true;
      continue;
    }
    enum fm_tag_part part = fm_markup_skip_tag(in);
    if (at == element)
      open += part == FM_TAG_PART_END;
    else if (at && at->fate == FM_F_RAW && part == FM_TAG_PART_END)
      skip_raw(skip, in, at, text, FM_TAG_PART_EMPTY);
  }
  return false;
}

void fm_html_skip_content(fm_html_skip *skip, fm_markup *in, const fm_html_element *element,
                          fm_str name, enum fm_tag_part part)
{
  if (part == FM_TAG_PART_CUT || (part == FM_TAG_PART_EMPTY && (in->xml || element->fate != FM_F_RAW)))
    return;
  if (element->fate == FM_F_RAW) {
    skip_raw(skip, in, element, name, part);
    return;
  }
  const char *at = in->at;
  if (is_endless(skip, element) || skip_tree(skip, in, element))
    return;
  note_endless(skip, element);
  in->at = at;
}
