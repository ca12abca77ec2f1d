/* The source exec: plans the page and the program that it is piped through, and reads the
 * program's output. */
#include "source/exec/exec.h"

#include "base/str.h"
#include "base/url.h"
#include "source/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

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

static int64_t number(const fm_plan_request *request, const char *name, int64_t otherwise)
{
  uint64_t value;
  fm_str text = fm_option(request->options, request->noptions, name);
  return fm_str_number(text, INT64_MAX, &value) && value ? (int64_t)value : otherwise;
}

static const fm_program *program_of(const fm_host *host, const fm_plan_request *request)
{
  fm_program *program = host->alloc(host, sizeof *program);
  fm_str *argv = host->alloc(host, request->noptions * sizeof *argv);
  for (size_t i = 0; i < request->noptions; i++)
    if (fm_str_is(request->options[i].name, "command"))
      argv[program->argc++] = request->options[i].value;
  program->argv = argv;
  program->time = number(request, "time", FM_EXEC_TIME);
  program->memory = number(request, "memory", FM_EXEC_MEMORY);
  return program;
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
  plan->program = program_of(host, ask);
  return FM_OK;
}

static int extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  fm_why why = {""};
  feed->id = feed->link = fm_option_copy(host, page->url);
  int error = fm_exec_lines(host, page->body, page->url, feed, &why);
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
