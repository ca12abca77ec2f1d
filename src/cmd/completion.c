/* feedmill completion: completion scripts for bash and zsh, made from the table of commands. */
#include "base/buf.h"
#include "base/str.h"
#include "cmd/cmd.h"

#include <stdio.h>

/* One word of a usage line: without brackets. */
static bool next_word(fm_str *rest, fm_str *word)
{
  while (fm_str_cut(rest, ' ', word)) {
    while (word->len && (*word->ptr == '[' || *word->ptr == '('))
      *word = fm_str_from(*word, 1);
    while (word->len && strchr("])", word->ptr[word->len - 1]))
      word->len--;
    if (word->len)
      return true;
  }
  return false;
}

static bool is_option(fm_str word) { return word.len > 1 && *word.ptr == '-'; }

/* "atom|rss|json" is a choice, "FILE" a name for any value. */
static bool is_choice(fm_str word)
{
  return word.len && *word.ptr >= 'a' && *word.ptr <= 'z' && memchr(word.ptr, '|', word.len);
}

static void put_choice(fm_buf *out, fm_str choice)
{
  fm_str one;
  while (fm_str_cut(&choice, '|', &one)) {
    fm_buf_str(out, one);
    if (choice.len)
      fm_buf_char(out, ' ');
  }
}

/* ---- bash ---- */

static void put_bash_command(fm_buf *out, const fm_command *c)
{
  fm_str rest = fm_str_of(c->usage), word, option = {NULL, 0};
  fm_buf words;
  fm_buf_init(&words, FM_BUF_MAX);
  fm_buf_addf(out, "    %s)\n      case $previous in\n", c->name);
  while (next_word(&rest, &word)) {
    if (is_option(word)) {
      fm_buf_char(&words, ' ');
      fm_buf_str(&words, word);
    } else if (is_choice(word) && option.len) {
      fm_buf_addf(out, "        %.*s) words='", FM_FMT(option));
      put_choice(out, word);
      fm_buf_text(out, "';;\n");
    } else if (is_choice(word)) {
      fm_buf_char(&words, ' ');
      put_choice(&words, word);
    }
    option = is_option(word) ? word : (fm_str){NULL, 0};
  }
  fm_buf_text(out, "        *) words='");
  fm_buf_str(out, fm_str_trim(fm_buf_view(&words)));
  fm_buf_text(out, "';;\n      esac;;\n");
  fm_buf_deinit(&words);
}

static void put_bash(fm_buf *out)
{
  fm_buf_text(out, "# bash completion of feedmill, made by `feedmill completion bash`\n"
                   "_feedmill()\n{\n  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=''\n"
                   "  case ${COMP_CWORD}:${COMP_WORDS[1]} in\n    1:*) words='--help --version");
  for (const fm_command *c = fm_commands; c->name; c++)
    fm_buf_addf(out, " %s", c->name);
  fm_buf_text(out, "'; COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); return;;\n  esac\n"
                   "  case ${COMP_WORDS[1]} in\n");
  for (const fm_command *c = fm_commands; c->name; c++)
    put_bash_command(out, c);
  fm_buf_text(out, "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                   "complete -o default -F _feedmill feedmill\n");
}

/* ---- zsh ---- */

static void put_zsh_command(fm_buf *out, const fm_command *c)
{
  fm_str rest = fm_str_of(c->usage), word;
  fm_buf_addf(out, "    %s) _arguments", c->name);
  while (next_word(&rest, &word)) {
    if (!is_option(word))
      continue;
    fm_str ahead = rest, value;
    fm_buf_addf(out, " '%.*s", FM_FMT(word));
    if (next_word(&ahead, &value) && !is_option(value)) {
      fm_buf_addf(out, "[%s]:%.*s:", c->name, FM_FMT(is_choice(value) ? FM_STR("choice") : value));
      fm_buf_text(out, is_choice(value) ? "(" : "_files");
      if (is_choice(value)) {
        put_choice(out, value);
        fm_buf_char(out, ')');
      }
    }
    fm_buf_char(out, '\'');
  }
  fm_buf_text(out, " '*:argument:_files';;\n");
}

static void put_zsh(fm_buf *out)
{
  fm_buf_text(out, "#compdef feedmill\n# zsh completion of feedmill, made by `feedmill completion zsh`\n"
                   "_feedmill() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n");
  for (const fm_command *c = fm_commands; c->name; c++)
    fm_buf_addf(out, "      '%s:%s'\n", c->name, c->summary);
  fm_buf_text(out, "    )\n    _describe command commands\n    return\n  fi\n  shift words; (( CURRENT-- ))\n"
                   "  case $words[1] in\n");
  for (const fm_command *c = fm_commands; c->name; c++)
    put_zsh_command(out, c);
  fm_buf_text(out, "  esac\n}\n_feedmill \"$@\"\n");
}

int fm_cmd_completion(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "", NULL, &options))
    return FM_EXIT_USAGE;
  bool bash = options.nrest == 1 && strcmp(options.rest[0], "bash") == 0;
  bool zsh = options.nrest == 1 && strcmp(options.rest[0], "zsh") == 0;
  if (!bash && !zsh)
    return fm_usage_error(self, "bash or zsh is wanted");
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  (bash ? put_bash : put_zsh)(&out);
  int status = fm_print(fm_buf_view(&out));
  fm_buf_deinit(&out);
  return status;
}
