/* Validating against RELAX NG, and asking documents by XPath. */
#ifndef TESTS_UNIT_SCHEMA_H
#define TESTS_UNIT_SCHEMA_H

#include "sample.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>
#include <unistd.h>

#define OUR_SCHEMA "tests/schema/atom.rng"
#define OTHER_SCHEMA "../shared/schema/atom.rng" /* used where it is there */

static char schema_said[512]; /* the first complaint of the last check */

__attribute__((format(printf, 2, 3)))
static inline void schema_complain(void *context, const char *format, ...)
{
  va_list args;
  (void)context;
  va_start(args, format);
  if (!*schema_said)
    vsnprintf(schema_said, sizeof schema_said, format, args);
  va_end(args);
}

static inline xmlRelaxNGPtr schema_load(const char *path)
{
  xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewParserCtxt(path);
  xmlRelaxNGPtr schema = xmlRelaxNGParse(parser);
  xmlRelaxNGFreeParserCtxt(parser);
  if (!schema)
    fail_msg("%s is no schema", path);
  return schema;
}

/* 0: valid. */
static inline int schema_check(xmlRelaxNGPtr schema, xmlDocPtr doc)
{
  xmlRelaxNGValidCtxtPtr valid = xmlRelaxNGNewValidCtxt(schema);
  xmlRelaxNGSetValidErrors(valid, schema_complain, schema_complain, NULL);
  *schema_said = 0;
  int error = xmlRelaxNGValidateDoc(valid, doc);
  xmlRelaxNGFreeValidCtxt(valid);
  return error;
}

/* Fails the test when the text is not well-formed. */
static inline xmlDocPtr schema_parse(fm_str text)
{
  xmlDocPtr doc = xmlReadMemory(text.ptr, (int)text.len, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (!doc)
    fail_msg("not well-formed: %.*s", (int)text.len, text.ptr);
  return doc;
}

/* An XPath expression's value as text, in the arena. */
static inline fm_str schema_ask(fm_arena *arena, xmlDocPtr doc, const char *expression)
{
  static const char *const spaces[][2] = {
    {"a", "http://www.w3.org/2005/Atom"},
    {"fh", "http://purl.org/syndication/history/1.0"},
    {"dc", "http://purl.org/dc/elements/1.1/"},
    {"content", "http://purl.org/rss/1.0/modules/content/"},
  };
  xmlXPathContextPtr context = xmlXPathNewContext(doc);
  for (size_t i = 0; i < LEN(spaces); i++)
    xmlXPathRegisterNs(context, BAD_CAST spaces[i][0], BAD_CAST spaces[i][1]);
  xmlXPathObjectPtr value = xmlXPathEvalExpression(BAD_CAST expression, context);
  if (!value)
    fail_msg("no XPath: %s", expression);
  xmlChar *text = xmlXPathCastToString(value);
  fm_str copy = fm_arena_str(arena, fm_str_of((char *)text));
  xmlFree(text);
  xmlXPathFreeObject(value);
  xmlXPathFreeContext(context);
  return copy;
}

static inline void schema_is(xmlDocPtr doc, const char *expression, const char *want)
{
  fm_arena arena = {0};
  fm_str have = schema_ask(&arena, doc, expression);
  if (!fm_str_is(have, want))
    fail_msg("%s is '%s', not '%s'", expression, have.ptr, want);
  fm_arena_deinit(&arena);
}

static inline void schema_cleanup(void)
{
  xmlRelaxNGCleanupTypes();
  xmlCleanupParser();
}

#endif
