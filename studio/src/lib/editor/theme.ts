/** Monaco's colours, read from the page's own tokens, so that both follow one theme. */
import type { MonacoApi } from './monaco.ts'

const NAME = 'relpin'

/** (Re)defines the theme from the tokens as they are now, and puts it on. Call it when the theme changes. */
export function applyTheme(monaco: MonacoApi, dark: boolean): void {
  const styles = getComputedStyle(document.documentElement)
  const color = (token: string): string => toHex(styles.getPropertyValue(token).trim())
  const rule = (token: string, tokenName: string, fontStyle?: string) => ({
    token,
    foreground: color(tokenName).slice(1, 7),
    ...(fontStyle ? { fontStyle } : {}),
  })
  const clear = '#00000000'
  monaco.editor.defineTheme(NAME, {
    base: dark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      rule('', '--code'),
      rule('comment', '--cm'),
      rule('keyword', '--kw'),
      rule('string', '--str'),
      rule('string.escape', '--num'),
      rule('regexp', '--num'),
      rule('number', '--num'),
      rule('type', '--ty'),
      rule('type.identifier', '--ty'),
      rule('identifier', '--code'),
      rule('delimiter', '--muted'),
      rule('tag', '--ty'),
      rule('metatag', '--kw'),
      rule('attribute.name', '--fn'),
      rule('attribute.value', '--str'),
      rule('string.key.json', '--ty'),
      rule('string.value.json', '--str'),
      rule('keyword.json', '--kw'),
      rule('strong', '--code', 'bold'),
      rule('emphasis', '--code', 'italic'),
      rule('variable', '--code'),
      rule('invalid', '--denied'),
    ],
    colors: {
      'editor.background': color('--bg'),
      'editor.foreground': color('--code'),
      'editorLineNumber.foreground': color('--faint'),
      'editorLineNumber.activeForeground': color('--text'),
      'editorCursor.foreground': color('--text'),
      'editor.selectionBackground': color('--select-bg'),
      'editor.inactiveSelectionBackground': color('--hover'),
      'editor.lineHighlightBackground': clear,
      'editor.lineHighlightBorder': clear,
      'editor.wordHighlightBackground': color('--accent-bg'),
      'editor.wordHighlightStrongBackground': color('--accent-bg'),
      'editor.findMatchBackground': color('--pending-bg'),
      'editor.findMatchHighlightBackground': color('--pending-bg'),
      'editorIndentGuide.background1': color('--line'),
      'editorIndentGuide.activeBackground1': color('--line-strong'),
      'editorBracketMatch.background': color('--hover'),
      'editorBracketMatch.border': color('--line-strong'),
      'editorGutter.background': color('--bg'),
      'editorError.foreground': color('--denied'),
      'editorWarning.foreground': color('--pending'),
      'editorOverviewRuler.border': clear,
      'editorWidget.background': color('--raised'),
      'editorWidget.border': color('--line'),
      'editorWidget.foreground': color('--text'),
      'inputValidation.infoBackground': color('--raised'),
      'inputValidation.infoForeground': color('--text'),
      'inputValidation.infoBorder': color('--line-strong'),
      'editorHoverWidget.background': color('--raised'),
      'editorHoverWidget.border': color('--line'),
      'editorSuggestWidget.background': color('--raised'),
      'editorSuggestWidget.border': color('--line'),
      'editorSuggestWidget.selectedBackground': color('--hover'),
      'editorSuggestWidget.selectedForeground': color('--text'),
      'editorSuggestWidget.highlightForeground': color('--accent'),
      'editorSuggestWidget.focusHighlightForeground': color('--accent'),
      'input.background': color('--bg'),
      'input.border': color('--line'),
      'input.foreground': color('--text'),
      'inputOption.activeBackground': color('--accent-bg'),
      'menu.background': color('--raised'),
      'menu.foreground': color('--text'),
      'menu.selectionBackground': color('--hover'),
      'menu.selectionForeground': color('--text'),
      'list.hoverBackground': color('--hover'),
      'list.activeSelectionBackground': color('--hover'),
      'list.activeSelectionForeground': color('--text'),
      'quickInput.background': color('--raised'),
      'quickInput.foreground': color('--text'),
      'quickInputList.focusBackground': color('--hover'),
      'quickInputList.focusForeground': color('--text'),
      'peekView.border': color('--accent'),
      'peekViewEditor.background': color('--panel'),
      'peekViewResult.background': color('--panel'),
      'peekViewTitle.background': color('--raised'),
      'scrollbar.shadow': clear,
      'scrollbarSlider.background': `${color('--faint').slice(0, 7)}40`,
      'scrollbarSlider.hoverBackground': `${color('--faint').slice(0, 7)}66`,
      'scrollbarSlider.activeBackground': `${color('--faint').slice(0, 7)}80`,
      'widget.shadow': clear,
      focusBorder: color('--accent'),
    },
  })
  monaco.editor.setTheme(NAME)
}

/** Tokens are written as hex; short forms are spelled out because Monaco wants six or eight digits. */
function toHex(color: string): string {
  if (/^#[0-9a-f]{6}(?:[0-9a-f]{2})?$/i.test(color)) return color
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(color)
  if (short)
    return `#${short
      .slice(1)
      .map((digit) => digit + digit)
      .join('')}`
  return '#808080'
}
