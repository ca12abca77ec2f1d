/* Calls a source through the plugin ABI: provides fm_host, then validates everything
 * returned. */
#include "source/registry.h"

#include "base/str.h"
#include "base/url.h"
#include "source/validate.h"

#include <string.h>

enum {
  KEY_MAX = 512, BUDGET_MAX = 64, /* bytes */
  HEADERS_MAX = 32,
  FURTHER_INPUTS_MAX = 31, FALLBACKS_MAX = 3, /* beside the first of each */
  ENTRY_PAGES = 10, ENTRY_PAGES_MAX = 100,    /* fetched in one refresh */
  ARGUMENTS_MAX = 256, PROGRAM_TIME_MAX = 3600, PROGRAM_MEMORY_MIN = 1 << 20
};

/* One call of a source; fm_host.self. */
struct call {
  fm_host host;
  fm_arena *arena;
  fm_why *why;
  bool said; /* a reason was given */
  fm_str next, note, redirect_to, incomplete; /* in the arena */
};

static void *host_alloc(const fm_host *host, size_t bytes)
{
  struct call *call = host->self;
  return fm_arena_alloc(call->arena, bytes);
}

static int give_reason(const fm_host *host, int code, const char *text)
{
  struct call *call = host->self;
  if (!call->said && text)
    fm_fail(call->why, code, "%s", text);
  call->said = call->said || text;
  return code;
}

static void set_next(const fm_host *host, fm_str url)
{
  struct call *call = host->self;
  call->next = fm_url_usable(url) ? fm_arena_str(call->arena, url) : (fm_str){NULL, 0};
}

static void set_redirect(const fm_host *host, fm_str url)
{
  struct call *call = host->self;
  call->redirect_to = fm_url_usable(url) ? fm_arena_str(call->arena, url) : (fm_str){NULL, 0};
}

/* The text as one line of valid UTF-8, cut to a reason's length. */
static fm_str line_of(const struct call *call, const char *text)
{
  fm_why line;
  fm_fail(&line, FM_OK, "%s", text ? text : "");
  return fm_arena_str(call->arena, fm_str_of(line.text));
}

static void add_note(const fm_host *host, const char *text)
{
  struct call *call = host->self;
  call->note = line_of(call, text);
}

static void set_incomplete(const fm_host *host, const char *text)
{
  struct call *call = host->self;
  call->incomplete = line_of(call, text);
}

static void call_init(struct call *call, const fm_source *source, fm_arena *arena, fm_why *why)
{
  *call = (struct call){.arena = arena, .why = why};
  call->host = (fm_host){.size = sizeof(fm_host), .alloc = host_alloc, .fail = give_reason,
                         .self = call, .source = source, .next = set_next, .note = add_note,
                         .redirect_to = set_redirect, .incomplete = set_incomplete};
}

/* Maps the code that `function` returned to one of FM_ERRORS, and makes sure of a reason. */
static int failed(const struct call *call, const fm_source *source, const char *function, int code)
{
  if (code > 0 || strcmp(fm_error_name(code), "FM_E_?") == 0)
    return fm_fail(call->why, FM_E_ABI, "source %s: %s returned %d, which is no error code",
                   source->name, function, code);
  if (!call->said)
    fm_fail(call->why, code, "%s", fm_error_text(code));
  return code;
}

/* RFC 9110 section 5: a field name is a token, a value has no control characters. */
static bool valid_header(const fm_param *header)
{
  for (size_t i = 0; i < header->name.len; i++) {
    unsigned char c = (unsigned char)header->name.ptr[i];
    if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
      return false;
  }
  for (size_t i = 0; i < header->value.len; i++) {
    unsigned char c = (unsigned char)header->value.ptr[i];
    if ((c < ' ' && c != '\t') || c == 0x7f)
      return false;
  }
  return header->name.len > 0;
}

static void copy_headers(const fm_plan *made, fm_arena *arena, fm_plan *plan)
{
  size_t count = !made->headers ? 0 : made->nheaders < HEADERS_MAX ? made->nheaders : HEADERS_MAX;
  fm_param *kept = fm_arena_alloc(arena, (count + 1) * sizeof *kept);
  plan->headers = kept;
  for (size_t i = 0; i < count; i++)
    if (valid_header(&made->headers[i]))
      kept[plan->nheaders++] = (fm_param){fm_arena_str(arena, made->headers[i].name),
                                          fm_arena_str(arena, made->headers[i].value)};
}

static int check_url(const fm_source *source, const fm_plan *made, fm_why *why)
{
  if (made->key.len > KEY_MAX)
    return fm_fail(why, FM_E_ABI, "source %s: a key of %zu bytes, not 1 to %d", source->name,
                   made->key.len, KEY_MAX);
  if (!fm_url_usable(made->url))
    return fm_fail(why, FM_E_ABI, "source %s: \"%.*s\" is not an http or https address",
                   source->name, FM_FMT(made->url));
  if (made->budget.len > BUDGET_MAX)
    return fm_fail(why, FM_E_ABI, "source %s: a budget's name of %zu bytes, not up to %d",
                   source->name, made->budget.len, BUDGET_MAX);
  return FM_OK;
}

/* A plan of a plugin that was built against an older header of this ABI is shorter. */
#define CHAINED(plan, member)                                                              \
  ((plan)->size >= offsetof(fm_plan, member) + sizeof (plan)->member ? (plan)->member : NULL)

/* NULL for a program without a name; limits out of range become the nearest. */
static const fm_program *copy_program(const fm_program *made, fm_arena *arena)
{
  if (!made || !made->argc || !made->argv[0].len)
    return NULL;
  fm_program *program = fm_arena_alloc(arena, sizeof *program);
  size_t argc = made->argc < ARGUMENTS_MAX ? made->argc : ARGUMENTS_MAX;
  fm_str *argv = fm_arena_alloc(arena, argc * sizeof *argv);
  for (size_t i = 0; i < argc; i++)
    argv[i] = fm_arena_str(arena, made->argv[i]);
  *program = (fm_program){.argv = argv, .argc = argc, .time = made->time, .memory = made->memory};
  if (program->time < 1 || program->time > PROGRAM_TIME_MAX)
    program->time = program->time < 1 ? 1 : PROGRAM_TIME_MAX;
  if (program->memory < PROGRAM_MEMORY_MIN)
    program->memory = PROGRAM_MEMORY_MIN;
  return program;
}

static fm_plan *copy_plan(const fm_plan *made, fm_str key, fm_arena *arena)
{
  fm_plan *plan = fm_arena_alloc(arena, sizeof *plan);
  *plan = (fm_plan){.size = sizeof *plan,
                    .url = fm_arena_str(arena, made->url),
                    .key = fm_arena_str(arena, made->key.len ? made->key : key),
                    .accept = fm_arena_str(arena, made->accept),
                    .budget = fm_arena_str(arena, made->budget),
                    .valid_until = made->valid_until ? made->valid_until : FM_NO_TIME,
                    .program = copy_program(CHAINED(made, program), arena)};
  copy_headers(made, arena, plan);
  return plan;
}

/* Appends copies of the fallbacks of `made` to `plan`. */
static int copy_fallbacks(const fm_source *source, const fm_plan *made, fm_arena *arena,
                          fm_plan *plan, fm_why *why)
{
  unsigned count = 0;
  for (const fm_plan *at = CHAINED(made, fallback); at; at = CHAINED(at, fallback)) {
    if (count++ == FALLBACKS_MAX)
      return fm_fail(why, FM_E_ABI, "source %s: more than %d fallbacks of one input",
                     source->name, FALLBACKS_MAX);
    int error = check_url(source, at, why);
    if (error)
      return error;
    fm_plan *kept = copy_plan(at, made->key.len ? made->key : made->url, arena);
    plan->fallback = kept;
    plan = kept;
  }
  return FM_OK;
}

static int copy_inputs(const fm_source *source, const fm_plan *made, fm_arena *arena,
                       fm_plan *plan, fm_why *why)
{
  unsigned count = 0;
  fm_plan *first = NULL, *last = NULL;
  if (made->key.len == 0)
    return fm_fail(why, FM_E_ABI, "source %s: a key of %zu bytes, not 1 to %d", source->name,
                   made->key.len, KEY_MAX);
  for (const fm_plan *one = made; one; one = CHAINED(one, next_input)) {
    if (count++ > FURTHER_INPUTS_MAX)
      return fm_fail(why, FM_E_ABI, "source %s: more than %d inputs in one feed", source->name,
                     FURTHER_INPUTS_MAX + 1);
    int error = check_url(source, one, why);
    fm_plan *kept = error ? NULL : copy_plan(one, one->url, arena);
    if (!error)
      error = copy_fallbacks(source, one, arena, kept, why);
    if (error)
      return error;
    if (last)
      last->next_input = kept;
    first = first ? first : kept;
    last = kept;
  }
  *plan = *first;
  return FM_OK;
}

int fm_source_plan(const fm_source *source, const fm_plan_request *request, fm_arena *arena,
                   fm_plan *plan, fm_why *why)
{
  struct call call;
  fm_plan made = {.size = sizeof made};
  call_init(&call, source, arena, why);
  int code = source->plan(&call.host, request, &made);
  return code ? failed(&call, source, "plan", code) : copy_inputs(source, &made, arena, plan, why);
}

/* ---- past days ---- */

/* A source that was built against an older header of this ABI lacks the later members. */
#define HAS(source, member)                                                              \
  ((source)->size >= offsetof(fm_source, member) + sizeof (source)->member && (source)->member)

int fm_source_plan_day(const fm_source *source, const fm_day_request *request, fm_arena *arena,
                       fm_plan *plan, fm_why *why)
{
  struct call call;
  fm_plan made = {.size = sizeof made};
  if (!HAS(source, plan_day))
    return fm_fail(why, FM_E_NOT_FOUND, "source %s: it has no pages of past days", source->name);
  call_init(&call, source, arena, why);
  int code = source->plan_day(&call.host, request, &made);
  return code ? failed(&call, source, "plan_day", code)
              : copy_inputs(source, &made, arena, plan, why);
}

int64_t fm_source_previous_day(const fm_source *source, const fm_page *page)
{
  fm_arena arena = {0};
  struct call call;
  fm_why why;
  if (!HAS(source, previous_day))
    return FM_NO_TIME;
  call_init(&call, source, &arena, &why);
  int64_t day = source->previous_day(&call.host, page);
  fm_arena_deinit(&arena);
  return day;
}

/* ---- extraction ---- */

/* A source may borrow what describes the page, so that lives as long as the document. */
static fm_page keep_page(const fm_page *page, fm_arena *arena)
{
  fm_page kept = *page;
  fm_param *options = fm_arena_alloc(arena, (page->noptions + 1) * sizeof *options);
  for (size_t i = 0; i < page->noptions; i++)
    options[i] = (fm_param){fm_arena_str(arena, page->options[i].name),
                            fm_arena_str(arena, page->options[i].value)};
  kept.options = options;
  kept.url = fm_arena_str(arena, page->url);
  kept.key = fm_arena_str(arena, page->key);
  kept.charset = fm_arena_str(arena, page->charset);
  kept.state = fm_arena_str(arena, page->state);
  return kept;
}

/* After FM_E_NO_LIST the address that the page named is all that remains of the result. */
static int fail_extract(const struct call *call, int code, fm_doc *doc, fm_extracted *extracted)
{
  if (code != FM_E_NO_LIST || !call->redirect_to.len) {
    fm_doc_unref(doc);
    return code;
  }
  doc->feed = (fm_feed){.day = FM_NO_TIME};
  *extracted = (fm_extracted){.doc = doc, .redirect_to = call->redirect_to};
  return code;
}

int fm_source_extract_page(const fm_source *source, const fm_page *page, fm_extracted *extracted,
                           fm_why *why)
{
  fm_doc *doc = fm_doc_new();
  struct call call;
  size_t dropped = 0;
  fm_page kept = keep_page(page, &doc->arena);
  call_init(&call, source, &doc->arena, why);
  int code = source->extract(&call.host, &kept, &doc->feed);
  if (code)
    return fail_extract(&call, failed(&call, source, "extract", code), doc, extracted);
  code = fm_validate_feed(source, &kept, &doc->arena, &doc->feed, &dropped, why);
  if (code) {
    fm_doc_unref(doc);
    return code;
  }
  *extracted = (fm_extracted){.doc = doc, .dropped = dropped, .next = call.next, .note = call.note,
                              .redirect_to = call.redirect_to, .incomplete = call.incomplete};
  return FM_OK;
}

int fm_source_extract(const fm_source *source, const fm_page *page, fm_doc **doc, size_t *dropped,
                      fm_why *why)
{
  fm_extracted extracted = {.doc = NULL};
  int code = fm_source_extract_page(source, page, &extracted, why);
  if (code) {
    fm_doc_unref(extracted.doc);
    return code;
  }
  *doc = extracted.doc;
  if (dropped)
    *dropped = extracted.dropped;
  return FM_OK;
}

/* ---- entries' own pages ---- */

size_t fm_source_entry_pages(const fm_source *source)
{
  if (!HAS(source, extract_entry))
    return 0;
  size_t wanted = HAS(source, entry_pages) ? source->entry_pages : ENTRY_PAGES;
  return wanted < ENTRY_PAGES_MAX ? wanted : ENTRY_PAGES_MAX;
}

int64_t fm_source_refresh_interval(const fm_source *source)
{
  return HAS(source, refresh_interval) && source->refresh_interval > 0 ? source->refresh_interval : 0;
}

int fm_source_extract_entry(const fm_source *source, const fm_page *page, fm_arena *arena, fm_entry *entry,
                     fm_why *why)
{
  struct call call;
  fm_entry made = {.published = FM_NO_TIME, .updated = FM_NO_TIME};
  fm_page kept = keep_page(page, arena);
  call_init(&call, source, arena, why);
  int code = source->extract_entry(&call.host, &kept, &made);
  if (code)
    return failed(&call, source, "extract_entry", code);
  fm_validate_entry(source, &kept, arena, &made);
  *entry = made;
  return FM_OK;
}
