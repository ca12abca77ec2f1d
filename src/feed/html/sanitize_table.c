/* Allow-list of HTML elements and attributes. */
#include "feed/html/sanitize_table.h"

#include "base/str.h"

#define BIT(a) (1u << FM_A_##a)
#define ALL (BIT(TITLE) | BIT(LANG) | BIT(DIR))
#define SIZE (BIT(WIDTH) | BIT(HEIGHT))
#define LAZY (1u << FM_A_LAZY_SRC | 1u << FM_A_LAZY_SRCSET)
#define IMAGE (BIT(SRC) | BIT(SRCSET) | BIT(SIZES) | LAZY)
#define CELL (ALL | BIT(COLSPAN) | BIT(ROWSPAN))

#define KEEP(name) {name, FM_F_KEEP, FM_G_NONE, 0, ALL}
#define KEEP_WITH(name, more) {name, FM_F_KEEP, FM_G_NONE, 0, ALL | (more)}
#define BLOCK(name) {name, FM_F_KEEP, FM_G_NONE, 1, ALL}
#define GROUP(name, group, block, more) {name, FM_F_KEEP, FM_G_##group, block, ALL | (more)}
#define VOID(name, group, block, more) {name, FM_F_VOID, FM_G_##group, block, more}
#define GONE(name, fate) {name, FM_F_##fate, FM_G_NONE, 0, 0}

typedef fm_html_element element;

static const element a_rows[] = {
  GROUP("a", A, 0, BIT(HREF)), KEEP("abbr"), KEEP("acronym"), GROUP("address", DIV, 1, 0),
  GONE("applet", TREE), BLOCK("article"), BLOCK("aside"),
  GROUP("audio", MEDIA, 0, BIT(SRC) | BIT(CONTROLS) | 1u << FM_A_LAZY_SRC), {0}};
static const element b_rows[] = {
  KEEP("b"), KEEP("bdi"), KEEP("bdo"), KEEP("big"),
  {"blockquote", FM_F_KEEP, FM_G_NONE, 1, ALL | BIT(CITE)}, VOID("br", NONE, 0, 0),
  GONE("button", TREE), {0}};
static const element c_rows[] = {
  GONE("canvas", TREE), GROUP("caption", CAPTION, 0, 0), KEEP("cite"), KEEP("code"),
  VOID("col", COL, 0, BIT(SPAN)), GROUP("colgroup", COLGROUP, 0, BIT(SPAN)), {0}};
static const element d_rows[] = {
  GROUP("dd", DD, 1, 0), KEEP_WITH("del", BIT(CITE) | BIT(DATETIME)),
  {"details", FM_F_KEEP, FM_G_NONE, 1, ALL | BIT(OPEN)}, KEEP("dfn"), GONE("dialog", TREE),
  GROUP("div", DIV, 1, 0), BLOCK("dl"), GROUP("dt", DD, 1, 0), {0}};
static const element e_rows[] = {KEEP("em"), {0}};
static const element f_rows[] = {
  BLOCK("figcaption"), BLOCK("figure"), BLOCK("footer"), GONE("frameset", TREE), {0}};
static const element h_rows[] = {
  GROUP("h1", HEADING, 1, 0), GROUP("h2", HEADING, 1, 0), GROUP("h3", HEADING, 1, 0),
  GROUP("h4", HEADING, 1, 0), GROUP("h5", HEADING, 1, 0), GROUP("h6", HEADING, 1, 0),
  BLOCK("header"), BLOCK("hgroup"), VOID("hr", NONE, 1, 0), {0}};
static const element i_rows[] = {
  KEEP("i"), GONE("iframe", RAW), VOID("img", IMAGE, 0, ALL | IMAGE | BIT(ALT) | SIZE),
  KEEP_WITH("ins", BIT(CITE) | BIT(DATETIME)), {0}};
static const element k_rows[] = {KEEP("kbd"), {0}};
static const element l_rows[] = {GROUP("li", LI, 1, BIT(VALUE)), {0}};
static const element m_rows[] = {
  BLOCK("main"), GONE("map", TREE), KEEP("mark"), GONE("math", TREE), GROUP("menu", LIST, 1, 0),
  {0}};
static const element n_rows[] = {
  BLOCK("nav"), GONE("noembed", RAW), GONE("noframes", RAW), GONE("noscript", NOSCRIPT), {0}};
static const element o_rows[] = {
  GONE("object", TREE), GROUP("ol", LIST, 1, BIT(START) | BIT(REVERSED) | BIT(TYPE)),
  GONE("optgroup", TREE), GONE("option", TREE), {0}};
static const element p_rows[] = {
  GROUP("p", P, 1, 0), GROUP("picture", MEDIA, 0, 0), BLOCK("pre"), {0}};
static const element q_rows[] = {KEEP_WITH("q", BIT(CITE)), {0}};
static const element r_rows[] = {
  GROUP("rp", RUBY, 0, 0), GROUP("rt", RUBY, 0, 0), KEEP("ruby"), {0}};
static const element s_rows[] = {
  KEEP("s"), KEEP("samp"), GONE("script", RAW), BLOCK("section"), GONE("select", TREE),
  KEEP("small"), VOID("source", SOURCE, 0, IMAGE | BIT(TYPE) | BIT(MEDIA) | SIZE), KEEP("span"),
  KEEP("strike"), KEEP("strong"), GONE("style", RAW), KEEP("sub"), BLOCK("summary"), KEEP("sup"),
  GONE("svg", TREE), {0}};
static const element t_rows[] = {
  GROUP("table", TABLE, 1, 0), GROUP("tbody", SECTION, 0, 0), {"td", FM_F_KEEP, FM_G_CELL, 0, CELL},
  GONE("template", TREE), GONE("textarea", RAW), GROUP("tfoot", SECTION, 0, 0),
  {"th", FM_F_KEEP, FM_G_CELL, 0, CELL | BIT(SCOPE)}, GROUP("thead", SECTION, 0, 0),
  KEEP_WITH("time", BIT(DATETIME)), GONE("title", RAW), GROUP("tr", ROW, 0, 0),
  VOID("track", SOURCE, 0, BIT(SRC) | BIT(KIND) | BIT(SRCLANG) | BIT(LABEL) | BIT(DEFAULT)),
  KEEP("tt"), {0}};
static const element u_rows[] = {KEEP("u"), GROUP("ul", LIST, 1, 0), {0}};
static const element v_rows[] = {
  KEEP("var"),
  GROUP("video", MEDIA, 0, BIT(SRC) | BIT(POSTER) | BIT(CONTROLS) | SIZE | 1u << FM_A_LAZY_SRC),
  {0}};
static const element w_rows[] = {VOID("wbr", NONE, 0, 0), {0}};
static const element x_rows[] = {GONE("xmp", RAW), {0}};

static const element *const by_letter[26] = {
  a_rows, b_rows, c_rows, d_rows, e_rows, f_rows, NULL,   h_rows, i_rows,
  NULL,   k_rows, l_rows, m_rows, n_rows, o_rows, p_rows, q_rows, r_rows,
  s_rows, t_rows, u_rows, v_rows, w_rows, x_rows, NULL,   NULL};

/* `name` is in lower case. */
static bool same(fm_str text, const char *name)
{
  size_t i = 0;
  for (; i < text.len && name[i]; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (((unsigned)c - (unsigned)'A' < 26 ? c | 0x20u : c) != (unsigned char)name[i])
      return false;
  }
  return i == text.len && !name[i];
}

const fm_html_element *fm_html_element_find(fm_str name)
{
  unsigned letter = name.len ? ((unsigned char)*name.ptr | 0x20u) - 'a' : 26;
  for (const element *row = letter < 26 ? by_letter[letter] : NULL; row && row->name; row++)
    if (same(name, row->name))
      return row;
  return NULL;
}

const fm_html_attribute_row fm_html_attributes[FM_A_WRITTEN] = {
  {"href", FM_A_HREF, FM_V_LINK},          {"src", FM_A_SRC, FM_V_MEDIA},
  {"srcset", FM_A_SRCSET, FM_V_SET},       {"sizes", FM_A_SIZES, FM_V_TEXT},
  {"poster", FM_A_POSTER, FM_V_MEDIA},     {"cite", FM_A_CITE, FM_V_LINK},
  {"alt", FM_A_ALT, FM_V_TEXT},            {"title", FM_A_TITLE, FM_V_TEXT},
  {"width", FM_A_WIDTH, FM_V_LENGTH},      {"height", FM_A_HEIGHT, FM_V_LENGTH},
  {"lang", FM_A_LANG, FM_V_WORD},          {"dir", FM_A_DIR, FM_V_WORD},
  {"datetime", FM_A_DATETIME, FM_V_TEXT},  {"colspan", FM_A_COLSPAN, FM_V_NUMBER},
  {"rowspan", FM_A_ROWSPAN, FM_V_NUMBER},  {"scope", FM_A_SCOPE, FM_V_WORD},
  {"span", FM_A_SPAN, FM_V_NUMBER},        {"start", FM_A_START, FM_V_NUMBER},
  {"reversed", FM_A_REVERSED, FM_V_FLAG},  {"type", FM_A_TYPE, FM_V_TYPE},
  {"value", FM_A_VALUE, FM_V_NUMBER},      {"open", FM_A_OPEN, FM_V_FLAG},
  {"controls", FM_A_CONTROLS, FM_V_FLAG},  {"kind", FM_A_KIND, FM_V_WORD},
  {"srclang", FM_A_SRCLANG, FM_V_WORD},    {"label", FM_A_LABEL, FM_V_TEXT},
  {"media", FM_A_MEDIA, FM_V_TEXT},        {"default", FM_A_DEFAULT, FM_V_FLAG},
};

/* Where scripts find an address that they put into src when it comes into view. */
static const fm_html_attribute_row lazy[] = {
  {"data-src", FM_A_LAZY_SRC, FM_V_MEDIA},
  {"data-srcset", FM_A_LAZY_SRCSET, FM_V_SET},
  {"data-lazy-src", FM_A_LAZY_SRC, FM_V_MEDIA},
  {"data-lazy-srcset", FM_A_LAZY_SRCSET, FM_V_SET},
  {"data-original", FM_A_LAZY_SRC, FM_V_MEDIA},
  {"data-original-src", FM_A_LAZY_SRC, FM_V_MEDIA},
  {"data-original-set", FM_A_LAZY_SRCSET, FM_V_SET},
  {"data-actualsrc", FM_A_LAZY_SRC, FM_V_MEDIA},
  {"data-lazyload", FM_A_LAZY_SRC, FM_V_MEDIA},
  {"data-echo", FM_A_LAZY_SRC, FM_V_MEDIA},
};

const fm_html_attribute_row *fm_html_attribute_find(fm_str name)
{
  static const char first[] = "hspcatwldrvokm"; /* what a listed one starts with */
  if (name.len < 3 || !memchr(first, *name.ptr | 0x20, sizeof first - 1))
    return NULL;
  for (size_t i = 0; i < FM_A_WRITTEN; i++)
    if (*fm_html_attributes[i].name == (*name.ptr | 0x20) && same(name, fm_html_attributes[i].name))
      return &fm_html_attributes[i];
  bool data = name.len > 5 && same((fm_str){name.ptr, 5}, "data-");
  for (size_t i = 0; data && i < sizeof lazy / sizeof *lazy; i++)
    if (same(name, lazy[i].name))
      return &lazy[i];
  return NULL;
}
