/* The source exec: plans the page, and hands it to the configured program. */
#include "source/exec/exec.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"
#include "source/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

enum { WORDS_MAX = 256 };

/* The command is part of the key: another program makes another feed of the same
 * page, and an entry of it is found by its id in either. */
static uint64_t hash_of(const fm_param *options, size_t noptions)
{
  uint64_t hash = 0;
  for (size_t i = 0; i < noptions; i++)
    if (fm_str_is(options[i].name, "command"))
      hash = XXH3_64bits_withSeed(options[i].value.len ? options[i].value.ptr : "",
                                  options[i].value.len, hash + 1);
  return hash;
}

static int plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan)
{
  fm_str url = fm_option(ask->options, ask->noptions, "url");
  fm_str command = fm_option(ask->options, ask->noptions, "command");
  if (!fm_url_usable(url))
    return host->fail(host, FM_E_CONFIG, "url: a feed of source exec wants the page's address");
  if (!command.len)
    return host->fail(host, FM_E_CONFIG, "command: a feed of source exec wants its program");
  if (ask->nparams)
    return host->fail(host, FM_E_BAD_ADDRESS, "source exec takes no parameters");
  char key[32];
  snprintf(key, sizeof key, "%016" PRIx64 " ", hash_of(ask->options, ask->noptions));
  plan->url = fm_option_copy(host, url);
  plan->key = fm_option_key(host, fm_str_of(key), url);
  return FM_OK;
}

static bool number(const fm_page *page, const char *name, int64_t *into)
{
  uint64_t value;
  if (!fm_str_number(fm_option(page->options, page->noptions, name), INT64_MAX, &value) || !value)
    return false;
  *into = (int64_t)value;
  return true;
}

static const char **words_of(const fm_page *page, fm_arena *arena)
{
  const char **words = fm_arena_alloc(arena, (WORDS_MAX + 1) * sizeof *words);
  size_t n = 0;
  for (size_t i = 0; i < page->noptions && n < WORDS_MAX; i++)
    if (fm_str_is(page->options[i].name, "command"))
      words[n++] = fm_arena_printf(arena, "%.*s", FM_FMT(page->options[i].value)).ptr;
  return words;
}

static int run(const fm_page *page, fm_buf *out, fm_why *why)
{
  fm_arena arena = {0};
  int64_t time = FM_EXEC_TIME, memory = (int64_t)FM_EXEC_MEMORY;
  number(page, "time", &time);
  number(page, "memory", &memory);
  fm_exec_run job = {
    .words = words_of(page, &arena), .url = page->url, .charset = page->charset,
    .input = page->body, .time = time, .memory = (uint64_t)memory,
    .output_max = FM_EXEC_OUTPUT_MAX,
  };
  int error = job.words[0] ? fm_exec_program(&job, out, why)
                           : fm_fail(why, FM_E_NO_LIST, "no command is given");
  fm_arena_deinit(&arena);
  return error;
}

static int extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  fm_buf out;
  fm_why why = {""};
  feed->id = feed->link = fm_option_copy(host, page->url);
  int error = run(page, &out, &why);
  if (error == FM_E_TOO_BIG)
    error = FM_E_NO_LIST; /* it is not the page that is too big */
  if (error)
    return host->fail(host, error, why.text);
  error = fm_exec_lines(host, fm_buf_view(&out), page->url, feed, &why);
  fm_buf_deinit(&out);
  return error ? host->fail(host, error, why.text) : FM_OK;
}

const fm_source fm_exec = {
  .abi = FM_PLUGIN_ABI,
  .size = sizeof(fm_source),
  .name = "exec",
  .title = "Any page, read by a program of your own (feeds[].url, command)",
  .plan = plan,
  .extract = extract,
};
