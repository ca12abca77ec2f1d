#include "feed/opml.h"

#include "base/str.h"

static void attribute(fm_buf *out, const char *name, fm_str value)
{
  if (!value.len)
    return;
  fm_buf_addf(out, " %s=\"", name);
  fm_buf_html(out, value);
  fm_buf_char(out, '"');
}

int fm_opml_write(fm_str title, const fm_outline *outlines, size_t count, fm_buf *out)
{
  fm_buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n<head><title>");
  fm_buf_html(out, title);
  fm_buf_text(out, "</title></head>\n<body>\n");
  for (size_t i = 0; i < count; i++) {
    fm_buf_text(out, "<outline type=\"rss\"");
    attribute(out, "text", outlines[i].title);
    attribute(out, "title", outlines[i].title);
    attribute(out, "xmlUrl", outlines[i].xml_url);
    attribute(out, "htmlUrl", outlines[i].html_url);
    fm_buf_text(out, "/>\n");
  }
  fm_buf_text(out, "</body>\n</opml>\n");
  return out->full ? FM_E_TOO_BIG : FM_OK;
}
