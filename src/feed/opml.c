/* OPML 2.0 writer. */
#include "feed/opml.h"

#include "base/str.h"
#include "feed/xml.h"

enum { OUTLINE_DEPTH = 3 };

static void attr_given(fm_xml *xml, const char *name, fm_str value)
{
  if (value.len)
    fm_xml_attr(xml, name, value);
}

int fm_opml_write(fm_str title, const fm_outline *outlines, size_t count, fm_buf *out)
{
  fm_xml xml;
  fm_xml_begin(&xml, out, OUTLINE_DEPTH);
  fm_xml_open(&xml, "opml");
  fm_xml_attr(&xml, "version", FM_STR("2.0"));
  fm_xml_open(&xml, "head");
  fm_xml_element(&xml, "title", title);
  fm_xml_close(&xml);
  fm_xml_open(&xml, "body");
  for (size_t i = 0; i < count; i++) {
    fm_xml_open(&xml, "outline");
    fm_xml_attr(&xml, "type", FM_STR("rss"));
    attr_given(&xml, "text", outlines[i].title);
    attr_given(&xml, "title", outlines[i].title);
    attr_given(&xml, "xmlUrl", outlines[i].xml_url);
    attr_given(&xml, "htmlUrl", outlines[i].html_url);
    fm_xml_close(&xml);
  }
  return fm_xml_end(&xml);
}
