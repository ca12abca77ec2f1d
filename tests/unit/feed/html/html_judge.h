/* What no clean HTML may hold, said apart from the sanitizer's tables and looked for
 * with libxml2's parser. For the unit tests and the fuzz targets. */
#ifndef TESTS_UNIT_HTML_JUDGE_H
#define TESTS_UNIT_HTML_JUDGE_H

#include "base/buf.h"
#include "base/str.h"

#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool listed(const char *name, const char *const *list)
{
  for (; *list; list++)
    if (strcasecmp(name, *list) == 0)
      return true;
  return false;
}

/* What no feed may hold, said here once more and apart from the sanitizer's tables. */
static const char *const bad_elements[] = {
  "script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "param", "form",
  "input", "button", "select", "option", "textarea", "keygen", "isindex", "meta", "base", "link",
  "svg", "math", "template", "noscript", "xml", "xss", "marquee", "bgsound", "layer", "ilayer",
  "title", "head", "plaintext", "xmp", "listing", "noembed", "noframes", "dialog", "portal",
  "image", "animate", "set", "use", "foreignobject", "mglyph", "annotation-xml", "slot", "menuitem",
  "command", "event-source", "blink", "map", "area", "canvas", "fencedframe", NULL};
static const char *const good_attributes[] = {
  "href", "src", "srcset", "sizes", "poster", "cite", "alt", "title", "width", "height", "lang",
  "dir", "datetime", "colspan", "rowspan", "scope", "span", "start", "reversed", "type", "value",
  "open", "controls", "kind", "srclang", "label", "media", "default", NULL};
static const char *const addresses[] = {"href", "src", "poster", "cite", NULL};
static const char *const schemes[] = {"http:", "https:", "mailto:", "tel:", "ftp:", NULL};

/* As browsers do before they look for a scheme. */
static void strip(const char *from, char *to, size_t room)
{
  size_t n = 0;
  for (; *from && n + 1 < room; from++)
    if ((unsigned char)*from > ' ')
      to[n++] = *from;
  to[n] = 0;
}

static const char *bad_address(const char *value)
{
  char bare[256];
  strip(value, bare, sizeof bare);
  for (const char *const *scheme = schemes; *scheme; scheme++)
    if (strncasecmp(bare, *scheme, strlen(*scheme)) == 0)
      return NULL;
  return "an address of another scheme";
}

static const char *bad_set(const char *value)
{
  for (const char *at = value; at; at = strstr(at, ", ")) {
    at += *at == ',' ? 2 : 0;
    if (strncasecmp(at, "http://", 7) != 0 && strncasecmp(at, "https://", 8) != 0)
      return "a srcset of another scheme";
  }
  return NULL;
}

static const char *bad_attribute(xmlAttrPtr attribute)
{
  const char *name = (const char *)attribute->name, *wrong = NULL;
  if (!listed(name, good_attributes))
    return "an attribute that is not listed";
  xmlChar *value = xmlNodeListGetString(attribute->doc, attribute->children, 1);
  const char *text = value ? (const char *)value : "";
  if (listed(name, addresses))
    wrong = bad_address(text);
  else if (strcmp(name, "srcset") == 0)
    wrong = bad_set(text);
  xmlFree(value);
  return wrong;
}

static const char *bad_node(xmlNodePtr node)
{
  for (; node; node = node->next) {
    if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE ||
        node->type == XML_CDATA_SECTION_NODE)
      return "something that is no text";
    if (node->type != XML_ELEMENT_NODE)
      continue;
    if (listed((const char *)node->name, bad_elements))
      return (const char *)node->name;
    for (xmlAttrPtr a = node->properties; a; a = a->next) {
      const char *wrong = bad_attribute(a);
      if (wrong)
        return wrong;
    }
    const char *wrong = bad_node(node->children);
    if (wrong)
      return wrong;
  }
  return NULL;
}

/* What is wrong with a clean fragment; NULL: nothing. */
__attribute__((unused)) static const char *judge(fm_str html)
{
  static const char head[] = "<html><body>", tail[] = "</body></html>";
  if (!fm_utf8_valid(html))
    return "bytes that are not UTF-8";
  fm_buf page;
  fm_buf_init(&page, 4 << 20);
  fm_buf_text(&page, head);
  fm_buf_str(&page, html);
  fm_buf_text(&page, tail);
  htmlDocPtr doc = htmlReadMemory(page.ptr, (int)page.len, NULL, "UTF-8",
                                  HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
  const char *wrong = bad_node(xmlDocGetRootElement(doc));
  xmlFreeDoc(doc);
  fm_buf_deinit(&page);
  return wrong;
}

#endif
