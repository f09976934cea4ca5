/** The last word on what an agent's answer may put into the page: text, code, tables and links, and nothing that loads. */
import DOMPurify from 'dompurify'

/** Only in a browser. Scripts, styles, forms, pictures and frames are removed, with every attribute not named here. */
export function safeHtml(html: string): string {
  if (!DOMPurify.isSupported) return ''
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: [
      ...['p', 'br', 'hr', 'strong', 'em', 'del', 'a', 'span', 'button', 'code', 'pre', 'figure'],
      ...['figcaption', 'ul', 'ol', 'li', 'blockquote', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
      ...['table', 'thead', 'tbody', 'tr', 'th', 'td', 'input'],
    ],
    ALLOWED_ATTR: [
      ...['href', 'target', 'rel', 'type', 'class', 'tabindex', 'start', 'align', 'checked'],
      ...['disabled', 'data-path', 'data-copy'],
    ],
    ALLOW_DATA_ATTR: false,
  })
}
