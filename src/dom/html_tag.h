/* The HTML elements that the parser treats specially, and their properties (WHATWG HTML,
 * sections 13.1.2 and 13.2.4). For dom/html_*.c only. */
#ifndef FM_DOM_HTML_TAG_H
#define FM_DOM_HTML_TAG_H

#include <feedmill/feed.h>

enum html_property {
  IS_SPECIAL = 1,      /* category "special" */
  IS_FORMATTING = 2,   /* category "formatting" */
  IS_VOID = 4,         /* has no content and no end tag */
  IS_IMPLIED_END = 8,  /* its end tag may be generated */
  IS_SCOPE = 16,       /* ends the default scope */
  IS_RAW = 32,         /* content is raw text */
  IS_RCDATA = 64,      /* content is text with character references */
  IS_HEADING = 128,
  IS_BLOCK = 256,      /* its start tag closes an open <p> and does nothing else */
  IS_BREAKOUT = 512,   /* its start tag ends foreign content */
  IS_TABLE = 1024      /* table, tbody, tfoot, thead, tr: text in them is foster parented */
};

#define HTML_TAGS(T) \
  T(A, "a", IS_FORMATTING) \
  T(ADDRESS, "address", IS_SPECIAL | IS_BLOCK) \
  T(APPLET, "applet", IS_SPECIAL | IS_SCOPE) \
  T(AREA, "area", IS_SPECIAL | IS_VOID) \
  T(ARTICLE, "article", IS_SPECIAL | IS_BLOCK) \
  T(ASIDE, "aside", IS_SPECIAL | IS_BLOCK) \
  T(B, "b", IS_FORMATTING | IS_BREAKOUT) \
  T(BASE, "base", IS_SPECIAL | IS_VOID) \
  T(BASEFONT, "basefont", IS_SPECIAL | IS_VOID) \
  T(BGSOUND, "bgsound", IS_SPECIAL | IS_VOID) \
  T(BIG, "big", IS_FORMATTING | IS_BREAKOUT) \
  T(BLOCKQUOTE, "blockquote", IS_SPECIAL | IS_BLOCK | IS_BREAKOUT) \
  T(BODY, "body", IS_SPECIAL | IS_BREAKOUT) \
  T(BR, "br", IS_SPECIAL | IS_VOID | IS_BREAKOUT) \
  T(BUTTON, "button", IS_SPECIAL) \
  T(CAPTION, "caption", IS_SPECIAL | IS_SCOPE) \
  T(CENTER, "center", IS_SPECIAL | IS_BLOCK | IS_BREAKOUT) \
  T(CODE, "code", IS_FORMATTING | IS_BREAKOUT) \
  T(COL, "col", IS_SPECIAL | IS_VOID) \
  T(COLGROUP, "colgroup", IS_SPECIAL) \
  T(DD, "dd", IS_SPECIAL | IS_IMPLIED_END | IS_BREAKOUT) \
  T(DETAILS, "details", IS_SPECIAL | IS_BLOCK) \
  T(DIALOG, "dialog", IS_BLOCK) \
  T(DIR, "dir", IS_SPECIAL | IS_BLOCK) \
  T(DIV, "div", IS_SPECIAL | IS_BLOCK | IS_BREAKOUT) \
  T(DL, "dl", IS_SPECIAL | IS_BLOCK | IS_BREAKOUT) \
  T(DT, "dt", IS_SPECIAL | IS_IMPLIED_END | IS_BREAKOUT) \
  T(EM, "em", IS_FORMATTING | IS_BREAKOUT) \
  T(EMBED, "embed", IS_SPECIAL | IS_VOID | IS_BREAKOUT) \
  T(FIELDSET, "fieldset", IS_SPECIAL | IS_BLOCK) \
  T(FIGCAPTION, "figcaption", IS_SPECIAL | IS_BLOCK) \
  T(FIGURE, "figure", IS_SPECIAL | IS_BLOCK) \
  T(FONT, "font", IS_FORMATTING) \
  T(FOOTER, "footer", IS_SPECIAL | IS_BLOCK) \
  T(FORM, "form", IS_SPECIAL) \
  T(FRAME, "frame", IS_SPECIAL | IS_VOID) \
  T(FRAMESET, "frameset", IS_SPECIAL) \
  T(H1, "h1", IS_SPECIAL | IS_HEADING | IS_BREAKOUT) \
  T(H2, "h2", IS_SPECIAL | IS_HEADING | IS_BREAKOUT) \
  T(H3, "h3", IS_SPECIAL | IS_HEADING | IS_BREAKOUT) \
  T(H4, "h4", IS_SPECIAL | IS_HEADING | IS_BREAKOUT) \
  T(H5, "h5", IS_SPECIAL | IS_HEADING | IS_BREAKOUT) \
  T(H6, "h6", IS_SPECIAL | IS_HEADING | IS_BREAKOUT) \
  T(HEAD, "head", IS_SPECIAL | IS_BREAKOUT) \
  T(HEADER, "header", IS_SPECIAL | IS_BLOCK) \
  T(HGROUP, "hgroup", IS_SPECIAL | IS_BLOCK) \
  T(HR, "hr", IS_SPECIAL | IS_VOID | IS_BREAKOUT) \
  T(HTML, "html", IS_SPECIAL | IS_SCOPE) \
  T(I, "i", IS_FORMATTING | IS_BREAKOUT) \
  T(IFRAME, "iframe", IS_SPECIAL | IS_RAW) \
  T(IMAGE, "image", 0) \
  T(IMG, "img", IS_SPECIAL | IS_VOID | IS_BREAKOUT) \
  T(INPUT, "input", IS_SPECIAL | IS_VOID) \
  T(KEYGEN, "keygen", IS_SPECIAL | IS_VOID) \
  T(LI, "li", IS_SPECIAL | IS_IMPLIED_END | IS_BREAKOUT) \
  T(LINK, "link", IS_SPECIAL | IS_VOID) \
  T(LISTING, "listing", IS_SPECIAL | IS_BREAKOUT) \
  T(MAIN, "main", IS_SPECIAL | IS_BLOCK) \
  T(MARQUEE, "marquee", IS_SPECIAL | IS_SCOPE) \
  T(MATH, "math", 0) \
  T(MENU, "menu", IS_SPECIAL | IS_BLOCK | IS_BREAKOUT) \
  T(META, "meta", IS_SPECIAL | IS_VOID | IS_BREAKOUT) \
  T(NAV, "nav", IS_SPECIAL | IS_BLOCK) \
  T(NOBR, "nobr", IS_FORMATTING | IS_BREAKOUT) \
  T(NOEMBED, "noembed", IS_SPECIAL | IS_RAW) \
  T(NOFRAMES, "noframes", IS_SPECIAL | IS_RAW) \
  T(NOSCRIPT, "noscript", IS_SPECIAL) \
  T(OBJECT, "object", IS_SPECIAL | IS_SCOPE) \
  T(OL, "ol", IS_SPECIAL | IS_BLOCK | IS_BREAKOUT) \
  T(OPTGROUP, "optgroup", IS_IMPLIED_END) \
  T(OPTION, "option", IS_IMPLIED_END) \
  T(P, "p", IS_SPECIAL | IS_BLOCK | IS_IMPLIED_END | IS_BREAKOUT) \
  T(PARAM, "param", IS_SPECIAL | IS_VOID) \
  T(PLAINTEXT, "plaintext", IS_SPECIAL) \
  T(PRE, "pre", IS_SPECIAL | IS_BREAKOUT) \
  T(RB, "rb", IS_IMPLIED_END) \
  T(RP, "rp", IS_IMPLIED_END) \
  T(RT, "rt", IS_IMPLIED_END) \
  T(RTC, "rtc", IS_IMPLIED_END) \
  T(RUBY, "ruby", IS_BREAKOUT) \
  T(S, "s", IS_FORMATTING | IS_BREAKOUT) \
  T(SCRIPT, "script", IS_SPECIAL | IS_RAW) \
  T(SEARCH, "search", IS_SPECIAL | IS_BLOCK) \
  T(SECTION, "section", IS_SPECIAL | IS_BLOCK) \
  T(SELECT, "select", IS_SPECIAL) \
  T(SMALL, "small", IS_FORMATTING | IS_BREAKOUT) \
  T(SOURCE, "source", IS_SPECIAL | IS_VOID) \
  T(SPAN, "span", IS_BREAKOUT) \
  T(STRIKE, "strike", IS_FORMATTING | IS_BREAKOUT) \
  T(STRONG, "strong", IS_FORMATTING | IS_BREAKOUT) \
  T(STYLE, "style", IS_SPECIAL | IS_RAW) \
  T(SUB, "sub", IS_BREAKOUT) \
  T(SUMMARY, "summary", IS_SPECIAL | IS_BLOCK) \
  T(SUP, "sup", IS_BREAKOUT) \
  T(SVG, "svg", 0) \
  T(TABLE, "table", IS_SPECIAL | IS_SCOPE | IS_BREAKOUT | IS_TABLE) \
  T(TBODY, "tbody", IS_SPECIAL | IS_TABLE) \
  T(TD, "td", IS_SPECIAL | IS_SCOPE) \
  T(TEMPLATE, "template", IS_SPECIAL | IS_SCOPE) \
  T(TEXTAREA, "textarea", IS_SPECIAL | IS_RCDATA) \
  T(TFOOT, "tfoot", IS_SPECIAL | IS_TABLE) \
  T(TH, "th", IS_SPECIAL | IS_SCOPE) \
  T(THEAD, "thead", IS_SPECIAL | IS_TABLE) \
  T(TITLE, "title", IS_SPECIAL | IS_RCDATA) \
  T(TR, "tr", IS_SPECIAL | IS_TABLE) \
  T(TRACK, "track", IS_SPECIAL | IS_VOID) \
  T(TT, "tt", IS_FORMATTING | IS_BREAKOUT) \
  T(U, "u", IS_FORMATTING | IS_BREAKOUT) \
  T(UL, "ul", IS_SPECIAL | IS_BLOCK | IS_BREAKOUT) \
  T(VAR, "var", IS_BREAKOUT) \
  T(WBR, "wbr", IS_SPECIAL | IS_VOID) \
  T(XMP, "xmp", IS_SPECIAL | IS_RAW) \
  /* in SVG and MathML */ \
  T(ANNOTATION_XML, "annotation-xml", 0) \
  T(DESC, "desc", 0) \
  T(FOREIGNOBJECT, "foreignobject", 0) \
  T(MALIGNMARK, "malignmark", 0) \
  T(MGLYPH, "mglyph", 0) \
  T(MI, "mi", 0) \
  T(MN, "mn", 0) \
  T(MO, "mo", 0) \
  T(MS, "ms", 0) \
  T(MTEXT, "mtext", 0)

enum html_tag {
  TAG_UNKNOWN,
#define HTML_TAG_ENUM(id, name, properties) TAG_##id,
  HTML_TAGS(HTML_TAG_ENUM)
#undef HTML_TAG_ENUM
  TAGS_COUNT
};

/* By name in lower case; TAG_UNKNOWN for every other element. */
enum html_tag fm_html_tag_find(fm_str name);
fm_str fm_html_tag_name(enum html_tag tag);
unsigned fm_html_tag_properties(enum html_tag tag);

#endif
