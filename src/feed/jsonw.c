/* JSON writer: punctuation and member names. */
#include "feed/jsonw.h"

void fm_jsonw_next(fm_jsonw *json, const char *name)
{
  if (json->comma)
    fm_buf_char(json->out, ',');
  json->comma = true;
  if (!name)
    return;
  fm_buf_char(json->out, '"');
  fm_buf_text(json->out, name);
  fm_buf_add(json->out, "\":", 2);
}

void fm_jsonw_open(fm_jsonw *json, const char *name, char bracket)
{
  fm_jsonw_next(json, name);
  fm_buf_char(json->out, bracket);
  json->comma = false;
}

void fm_jsonw_close(fm_jsonw *json, char bracket)
{
  fm_buf_char(json->out, bracket);
  json->comma = true;
}

void fm_jsonw_text(fm_jsonw *json, const char *name, fm_str value)
{
  fm_jsonw_next(json, name);
  fm_buf_json(json->out, value);
}
