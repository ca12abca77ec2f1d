/* OPML: the feeds come back with their titles and addresses. */
#include "schema.h"

#include "feed/opml.h"

static xmlDocPtr write_list(const fm_outline *outlines, size_t count)
{
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_opml_write(FM_STR("Mine & yours"), outlines, count, &out), FM_OK);
  xmlDocPtr doc = schema_parse(fm_buf_view(&out));
  fm_buf_deinit(&out);
  return doc;
}

static void outlines(void **state)
{
  (void)state;
  const fm_outline list[] = {
    {FM_STR(NAUGHTY), FM_STR("http://h/a.atom?q=1&r=2"), FM_STR("https://papers.test/")},
    {FM_STR("a\x01" "b\xff"), FM_STR("http://h/b.atom"), {0}},
  };
  xmlDocPtr doc = write_list(list, LEN(list));
  schema_is(doc, "string(/opml/@version)", "2.0");
  schema_is(doc, "string(/opml/head/title)", "Mine & yours");
  schema_is(doc, "count(/opml/body/outline[@type='rss'])", "2");
  schema_is(doc, "string(//outline[1]/@text)", NAUGHTY);
  schema_is(doc, "string(//outline[1]/@title)", NAUGHTY);
  schema_is(doc, "string(//outline[1]/@xmlUrl)", "http://h/a.atom?q=1&r=2");
  schema_is(doc, "string(//outline[1]/@htmlUrl)", "https://papers.test/");
  schema_is(doc, "string(//outline[2]/@text)", "ab\xef\xbf\xbd");
  schema_is(doc, "count(//outline[2]/@htmlUrl)", "0");
  xmlFreeDoc(doc);
}

static void none(void **state)
{
  (void)state;
  xmlDocPtr doc = write_list(NULL, 0);
  schema_is(doc, "count(/opml/body)", "1");
  schema_is(doc, "count(//outline)", "0");
  xmlFreeDoc(doc);
}

static int unload(void **state)
{
  (void)state;
  schema_cleanup();
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(outlines),
    cmocka_unit_test(none),
  };
  return cmocka_run_group_tests(tests, NULL, unload);
}
