/** An answer is readable, its paths can be opened, and nothing in it runs or loads. */
import { describe, expect, test } from 'vitest'
import { asPath, markdownBlocks } from './markdown.ts'

const html = (text: string): string => markdownBlocks(text).join('\n')

describe("an agent's answer", () => {
  test('is split into blocks, so that finished ones stay as they are while the rest grows', () => {
    const before = markdownBlocks('# Findings\n\nFirst paragraph.\n\nSecond')
    const after = markdownBlocks('# Findings\n\nFirst paragraph.\n\nSecond one grows')
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    expect(after).toHaveLength(3)
  })

  test('opens files from code spans and from words', () => {
    expect(html('See `src/App.ts:12` and src/lib/pricing.ts.')).toBe(
      '<p>See <button type="button" class="path" data-path="src/App.ts">src/App.ts:12</button> and ' +
        '<button type="button" class="path" data-path="src/lib/pricing.ts">src/lib/pricing.ts</button>.</p>\n',
    )
    expect(html('Call `cn(a)` or `Math.max`.')).not.toContain('data-path')
    expect(html('At https://example.com/src/App.ts there is')).not.toContain('data-path')
    expect(asPath('./pricing.ts')).toBeNull()
    expect(asPath('./src/routes/[id]/+page.svelte')).toBe('src/routes/[id]/+page.svelte')
  })

  test('shows HTML as text and never loads a picture', () => {
    const dangerous = '<img src=x onerror=alert(1)> <script>alert(1)</script>'
    expect(html(dangerous)).not.toMatch(/<(img|script)/)
    expect(html('![stolen](https://evil.example/?key=1)')).not.toContain('<img')
    expect(html('[click](javascript:alert(1))')).not.toContain('href')
    expect(html('a & b &lt; c < d')).toBe('<p>a &amp; b &lt; c &lt; d</p>\n')
  })

  test('colours code, escapes it, and takes an unfinished block for what it will be', () => {
    const code = html('```ts\nconst a: Props = "<b>" // why\n')
    expect(code).toContain('<span class="kw">const</span>')
    expect(code).toContain('<span class="str">"&lt;b&gt;"</span>')
    expect(code).toContain('<span class="cm">// why</span>')
    expect(html('```diff\n-a\n+b\n```')).toContain('<span class="ins">+b</span>')
  })
})
