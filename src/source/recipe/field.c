/* Parses a field: an expression, a section with options, or a list of either. */
#include "base/str.h"
#include "source/recipe/internal.h"

#include <stdarg.h>

enum { REASON = 600, FORMATS_MAX = 16 };

int fm_recipe_problem(const fm_recipe_loader *r, const fm_yaml *node, size_t at, const char *format, ...)
{
  char reason[REASON];
  unsigned line, column;
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  fm_yaml_position(node, at, &line, &column);
  fm_problem_add_at(r->problems, r->file, line, column, "%s", reason);
  return FM_E_CONFIG;
}

int fm_recipe_formats(fm_recipe_loader *r, const fm_yaml *node, const fm_str **formats, size_t *count)
{
  bool list = node->kind == FM_YAML_LIST;
  size_t given = list ? node->count : 1;
  fm_str *made = fm_arena_alloc(&r->recipe->arena, (given + 1) * sizeof *made);
  if (given > FORMATS_MAX)
    return fm_recipe_problem(r, node, 0, "at most %d formats", FORMATS_MAX);
  for (size_t i = 0; i < given; i++) {
    const fm_yaml *one = list ? node->items[i] : node;
    size_t at;
    fm_why why;
    if (one->kind != FM_YAML_SCALAR)
      return fm_recipe_problem(r, one, 0, "a format is wanted, such as \"%%d.%%m.%%Y\"");
    if (fm_when_check(one->text, &at, &why))
      return fm_recipe_problem(r, one, at, "%s", why.text);
    made[i] = fm_arena_str(&r->recipe->arena, one->text);
  }
  *formats = made;
  *count = given;
  return FM_OK;
}

int fm_recipe_date_language(fm_recipe_loader *r, const fm_yaml *node, fm_str *language)
{
  if (node->kind != FM_YAML_SCALAR || !fm_when_speaks(node->text))
    return fm_recipe_problem(r, node, 0, "a language is wanted whose months are known: en, de, pt-BR, ...");
  *language = fm_arena_str(&r->recipe->arena, node->text);
  return FM_OK;
}

int fm_recipe_zone(fm_recipe_loader *r, const fm_yaml *node, const fm_zone **zone)
{
  fm_why why;
  if (node->kind != FM_YAML_SCALAR)
    return fm_recipe_problem(r, node, 0, "a time zone is wanted: +02:00, UTC, Europe/Berlin");
  if (fm_zone_find(node->text, &r->recipe->arena, zone, &why))
    return fm_recipe_problem(r, node, 0, "%s", why.text);
  return FM_OK;
}

/* An expression, with the bytes before it that are not in the file. */
typedef struct expression {
  fm_str text;
  size_t added;
} expression;

static int add_alternative(fm_recipe_loader *r, const fm_yaml *node, fm_pointers *json, expression from,
                           const fm_alternative *how, fm_field *field)
{
  fm_recipe *recipe = r->recipe;
  fm_expr_spec spec = {.arena = &recipe->arena, .json = json, .names = &recipe->names,
                       .all = recipe->exprs};
  fm_expr *expr;
  size_t at;
  fm_why why;
  if (field->count == FM_RECIPE_ALTERNATIVES_MAX)
    return fm_recipe_problem(r, node, 0, "more than %d ways", FM_RECIPE_ALTERNATIVES_MAX);
  int error = fm_expr_compile(&spec, from.text, &expr, &at, &why);
  recipe->exprs = spec.all;
  if (error)
    return fm_recipe_problem(r, node, at > from.added ? at - from.added : 0, "%s", why.text);
  if ((field->count & (field->count - 1)) == 0) { /* most fields have one; the capacity is 1, 2,
                                                   * 4, ... */
    fm_alternative *more = fm_arena_alloc(&recipe->arena, (field->count * 2 + 1) * sizeof *more);
    if (field->count)
      memcpy(more, field->alternatives, field->count * sizeof *more);
    field->alternatives = more;
  }
  field->alternatives[field->count] = *how;
  field->alternatives[field->count++].expr = expr;
  return FM_OK;
}

/* A field as a section: {css: "h2 a", format: ..., timezone: ..., html: ...} */
typedef struct section {
  const fm_yaml *from, *kinds[4]; /* css, xpath, json, text */
  const fm_yaml *format, *timezone, *language;
  unsigned html;
} section;

static const char *const html_words[] = {"guess", "yes", "no", NULL};
const fm_directive fm_recipe_field_table[] = {
  {"from", FM_T_NODE, FM_AT(section, from), .help = "an expression, or several"},
  {"css", FM_T_NODE, FM_AT(section, kinds[0]), .help = "a selector, and maybe @attribute"},
  {"xpath", FM_T_NODE, FM_AT(section, kinds[1]), .help = "XPath"},
  {"json", FM_T_NODE, FM_AT(section, kinds[2]), .help = "a JSON Pointer"},
  {"text", FM_T_NODE, FM_AT(section, kinds[3]), .help = "text with expressions in { }"},
  {"format", FM_T_NODE, FM_AT(section, format), .help = "how a date is written, as for strptime"},
  {"timezone", FM_T_NODE, FM_AT(section, timezone), .help = "of dates that do not say theirs"},
  {"language", FM_T_NODE, FM_AT(section, language), .help = "of a date's names and order"},
  {"html", FM_T_CHOICE, FM_AT(section, html), .preset = "guess", .choices = html_words,
   .help = "whether the text is HTML"},
  {0},
};
static const char *const section_kinds[] = {"css", "xpath", "json", "text"};

static int parse_how(fm_recipe_loader *r, const section *s, fm_alternative *how)
{
  int error = FM_OK;
  how->html = (enum fm_html_mode)s->html;
  if (s->format)
    error = fm_recipe_formats(r, s->format, &how->formats, &how->nformats);
  if (s->timezone && fm_recipe_zone(r, s->timezone, &how->zone))
    error = FM_E_CONFIG;
  if (s->language && fm_recipe_date_language(r, s->language, &how->language))
    error = FM_E_CONFIG;
  return error;
}

/* Parses "css: x" given as a key and its value. */
static int parse_kind(fm_recipe_loader *r, const fm_yaml *node, int kind, fm_pointers *json,
                     const fm_alternative *how, fm_field *field)
{
  if (node->kind != FM_YAML_SCALAR)
    return fm_recipe_problem(r, node, 0, "a text is wanted");
  fm_str text = fm_arena_printf(&r->recipe->arena, "%s: %.*s", section_kinds[kind],
                                FM_FMT(node->text));
  return add_alternative(r, node, json, (expression){text, strlen(section_kinds[kind]) + 2}, how, field);
}

static int parse_texts(fm_recipe_loader *r, const fm_yaml *node, fm_pointers *json,
                      const fm_alternative *how, fm_field *field)
{
  if (node->kind == FM_YAML_SCALAR)
    return add_alternative(r, node, json, (expression){node->text, 0}, how, field);
  if (node->kind != FM_YAML_LIST)
    return fm_recipe_problem(r, node, 0, "an expression is wanted, or a list of them");
  int error = FM_OK;
  for (size_t i = 0; i < node->count; i++)
    if (node->items[i]->kind != FM_YAML_SCALAR)
      error = fm_recipe_problem(r, node->items[i], 0, "an expression is wanted");
    else if (add_alternative(r, node->items[i], json, (expression){node->items[i]->text, 0}, how, field))
      error = FM_E_CONFIG;
  return error;
}

static int parse_section(fm_recipe_loader *r, const fm_yaml *node, fm_pointers *json,
                        const fm_alternative *plain, fm_field *field)
{
  section s = {0};
  fm_alternative how = *plain;
  fm_directive_ctx ctx = {.arena = &r->recipe->arena, .problems = r->problems, .file = r->file};
  size_t before = field->count;
  int error = fm_directive_parse(&ctx, fm_recipe_field_table, node, &s);
  if (parse_how(r, &s, &how))
    error = FM_E_CONFIG;
  if (s.from && parse_texts(r, s.from, json, &how, field))
    error = FM_E_CONFIG;
  for (int i = 0; i < 4; i++)
    if (s.kinds[i] && parse_kind(r, s.kinds[i], i, json, &how, field))
      error = FM_E_CONFIG;
  if (!error && field->count == before)
    error = fm_recipe_problem(r, node, 0, "an expression is wanted: from, css, xpath, json or text");
  return error;
}

int fm_recipe_field(fm_recipe_loader *r, const fm_yaml *node, fm_pointers *json, fm_field *field)
{
  fm_alternative plain = {.formats = r->formats, .nformats = r->nformats, .zone = r->zone,
                          .language = r->date_language};
  if (!node)
    return FM_OK;
  if (node->kind == FM_YAML_MAP)
    return parse_section(r, node, json, &plain, field);
  if (node->kind == FM_YAML_SCALAR)
    return add_alternative(r, node, json, (expression){node->text, 0}, &plain, field);
  if (node->kind == FM_YAML_NULL)
    return fm_recipe_problem(r, node, 0, "no value is given");
  int error = node->count ? FM_OK : fm_recipe_problem(r, node, 0, "must not be empty");
  for (size_t i = 0; i < node->count; i++) {
    const fm_yaml *one = node->items[i];
    int wrong = one->kind == FM_YAML_MAP ? parse_section(r, one, json, &plain, field)
                : one->kind == FM_YAML_SCALAR
                  ? add_alternative(r, one, json, (expression){one->text, 0}, &plain, field)
                  : fm_recipe_problem(r, one, 0, "an expression is wanted");
    if (wrong)
      error = wrong;
  }
  return error;
}
