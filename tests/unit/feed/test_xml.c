/* The XML writer: what goes in comes out of libxml2's parser the same. */
#include "sample.h"

#include <libxml/chvalid.h>
#include <libxml/parser.h>

#include "feed/xml.h"

/* <r a="TEXT">TEXT</r> written, parsed and compared with what is wanted. */
static void comes_back_as(fm_str text, fm_str want)
{
  fm_buf out;
  fm_xml xml;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_xml_begin(&xml, &out, 1);
  fm_xml_open(&xml, "r");
  fm_xml_attr(&xml, "a", text);
  fm_xml_text(&xml, text);
  assert_int_equal(fm_xml_end(&xml), FM_OK);
  xmlDocPtr doc = xmlReadMemory(out.ptr, (int)out.len, NULL, NULL,
                                XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOERROR);
  if (!doc)
    fail_msg("not well-formed: %.*s", out.len < 400 ? (int)out.len : 400, out.ptr);
  xmlNodePtr root = xmlDocGetRootElement(doc);
  xmlChar *inside = xmlNodeGetContent(root), *attribute = xmlGetProp(root, BAD_CAST "a");
  assert_true(fm_str_eq(fm_str_of((char *)inside), want));
  assert_true(fm_str_eq(fm_str_of((char *)attribute), want));
  xmlFree(inside);
  xmlFree(attribute);
  xmlFreeDoc(doc);
  fm_buf_deinit(&out);
}
#define COMES_BACK(from, to) comes_back_as(FM_STR(from), FM_STR(to))

static void markup_comes_back(void **state)
{
  (void)state;
  COMES_BACK(NAUGHTY, NAUGHTY);
  COMES_BACK("", "");
  COMES_BACK("]]>", "]]>");
  COMES_BACK("&#0;&lt;&nbsp;", "&#0;&lt;&nbsp;");
  COMES_BACK("</r><r a='1'>\"><!--<![CDATA[", "</r><r a='1'>\"><!--<![CDATA[");
  COMES_BACK("  spaces  kept  ", "  spaces  kept  ");
}

static void line_breaks_are_line_feeds(void **state)
{
  (void)state;
  COMES_BACK("a\tb\nc", "a\tb\nc");
  COMES_BACK("a\r\nb\rc\r\r\nd\r", "a\nb\nc\n\nd\n");
  COMES_BACK("\n\t leading and trailing \t\n", "\n\t leading and trailing \t\n");
}

static void forbidden_characters_go(void **state)
{
  (void)state;
  COMES_BACK("a\x01" "b\x08\x0b\x0c\x0e\x1f" "c\x7f", "abc\x7f");
  comes_back_as((fm_str){"a\0b", 3}, FM_STR("ab"));
  COMES_BACK("x\xef\xbf\xbe\xef\xbf\xbfy", "xy");
}

static void broken_bytes_show(void **state)
{
  (void)state;
#define FFFD "\xef\xbf\xbd"
  COMES_BACK("a\xff" "b", "a" FFFD "b");
  COMES_BACK("\x80", FFFD);
  COMES_BACK("\xc3", FFFD);
  COMES_BACK("\xc0\x80", FFFD FFFD);
  COMES_BACK("\xe2\x82", FFFD FFFD);
  COMES_BACK("\xe2\x82<", FFFD FFFD "<");
  COMES_BACK("\xed\xa0\x80", FFFD FFFD FFFD);
  COMES_BACK("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD);
  COMES_BACK("\xf0\x9f\xa7", FFFD FFFD FFFD);
  COMES_BACK(FFFD, FFFD);
}

/* Every code point there is, against libxml2's own table of what XML allows. */
static void every_character(void **state)
{
  (void)state;
  fm_buf all, want;
  fm_buf_init(&all, FM_BUF_MAX);
  fm_buf_init(&want, FM_BUF_MAX);
  for (uint32_t c = 0; c <= 0x10ffff; c++) {
    char utf8[4];
    if (c >= 0xd800 && c < 0xe000)
      continue;
    size_t len = fm_utf8_put(c, utf8);
    fm_buf_add(&all, utf8, len);
    fm_buf_char(&all, '.');
    if (xmlIsCharQ(c))
      fm_buf_add(&want, c == '\r' ? "\n" : utf8, len);
    fm_buf_char(&want, '.');
  }
  comes_back_as(fm_buf_view(&all), fm_buf_view(&want));
  fm_buf_deinit(&all);
  fm_buf_deinit(&want);
}

/* Each special character at each place of the writer's strides. */
static void every_place(void **state)
{
  (void)state;
  for (size_t len = 1; len < 50; len++)
    for (size_t at = 0; at < len; at++) {
      char text[50];
      memset(text, 'x', len);
      text[at] = "<&>\"\n\t'"[(len + at) % 7];
      comes_back_as((fm_str){text, len}, (fm_str){text, len});
    }
}

static void random_bytes_are_well_formed(void **state)
{
  (void)state;
  for (int i = 0; i < 20000; i++) {
    fm_arena arena = {0};
    fm_str noise = sample_noise(&arena);
    fm_buf out;
    fm_xml xml;
    fm_buf_init(&out, FM_BUF_MAX);
    fm_xml_begin(&xml, &out, 2);
    fm_xml_open(&xml, "r");
    fm_xml_attr(&xml, "a", noise);
    fm_xml_element(&xml, "e", noise);
    assert_int_equal(fm_xml_end(&xml), FM_OK);
    xmlDocPtr doc = xmlReadMemory(out.ptr, (int)out.len, NULL, NULL, XML_PARSE_NOERROR);
    if (!doc)
      fail_msg("not well-formed: %.*s", FM_FMT(fm_buf_view(&out)));
    xmlFreeDoc(doc);
    fm_buf_deinit(&out);
    fm_arena_deinit(&arena);
  }
}

static void lines_and_levels(void **state)
{
  (void)state;
  fm_buf out;
  fm_xml xml;
  fm_buf_init(&out, 1000);
  fm_xml_begin(&xml, &out, 2);
  fm_xml_open(&xml, "a");
  fm_xml_open(&xml, "b");
  fm_xml_open(&xml, "c");
  fm_xml_attr(&xml, "d", FM_STR("1"));
  fm_xml_close(&xml);
  fm_xml_element(&xml, "e", FM_STR("2"));
  fm_xml_close(&xml);
  fm_xml_open(&xml, "f");
  assert_int_equal(fm_xml_end(&xml), FM_OK);
  fm_buf_char(&out, 0);
  assert_string_equal(out.ptr, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                               "<a>\n<b><c d=\"1\"/><e>2</e></b>\n<f/>\n</a>\n");
  fm_buf_deinit(&out);
}

static void over_the_cap_nothing_is_added(void **state)
{
  (void)state;
  for (size_t max = 5; max < 80; max++) {
    fm_buf out;
    fm_xml xml;
    fm_buf_init(&out, max);
    fm_buf_text(&out, "kept");
    fm_xml_begin(&xml, &out, 1);
    fm_xml_element(&xml, "a", FM_STR("<<<<<<<<"));
    int error = fm_xml_end(&xml);
    assert_int_equal(error, max < 4 + 39 + 3 + 32 + 5 ? FM_E_TOO_BIG : FM_OK);
    if (error)
      assert_int_equal(out.len, 4);
    assert_memory_equal(out.ptr, "kept", 4);
    fm_buf_deinit(&out);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(markup_comes_back),
    cmocka_unit_test(line_breaks_are_line_feeds),
    cmocka_unit_test(forbidden_characters_go),
    cmocka_unit_test(broken_bytes_show),
    cmocka_unit_test(every_character),
    cmocka_unit_test(every_place),
    cmocka_unit_test(random_bytes_are_well_formed),
    cmocka_unit_test(lines_and_levels),
    cmocka_unit_test(over_the_cap_nothing_is_added),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
