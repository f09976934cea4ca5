/** Any Yjs client joins a file: the unmodified y-websocket in a page, beside somebody in the editor. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect, test } from '../support/studio-test.ts'

const FILES = { 'src/price.ts': 'export const price = 10\n' }

type PlainPage = {
  readonly plainYjs: {
    readonly join: (server: string, file: string, token: string) => void
    readonly text: () => string
    readonly type: (at: number, text: string) => void
    readonly closed: () => { readonly code: number; readonly reason: string } | null
  }
}

/** One script that puts `plainYjs` into a page. */
async function script(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: {
        entry: fileURLToPath(new URL('../support/plain-yjs-page.ts', import.meta.url)),
        formats: ['iife'],
        name: 'page',
      },
    },
  })
  const [first] = Array.isArray(made) ? made : [made]
  const chunk = first && 'output' in first ? first.output[0] : undefined
  if (!chunk) throw new Error('the page’s script was not made')
  return chunk.code
}

test('a page with the unmodified y-websocket types with somebody in the editor', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const editor = await studio.workspace('maintainer', app, 'src/price.ts')
  const code = await script()
  const join = async (role: 'builder' | 'viewer') => {
    const { items } = await studio
      .api(role)
      .call<{ items: { fileId: string }[] }>('GET', `/api/apps/${app.slug}/files`)
    const fileId = items[0]?.fileId ?? ''
    const { token } = await studio
      .api(role)
      .call<{ token: string }>('POST', '/api/collab-token', { app: app.slug, fileId })
    const page = await studio.window(role)
    await page.goto('/')
    await page.evaluate(code)
    await page.evaluate(
      ([server, file, key]) => {
        ;(globalThis as unknown as PlainPage).plainYjs.join(server, file, key)
      },
      [`${studio.url.replace('http', 'ws')}/yjs`, fileId, token] as const,
    )
    return {
      text: () => page.evaluate(() => (globalThis as unknown as PlainPage).plainYjs.text()),
      closed: () => page.evaluate(() => (globalThis as unknown as PlainPage).plainYjs.closed()),
      type: (at: number, text: string) =>
        page.evaluate(
          ([place, words]) => {
            ;(globalThis as unknown as PlainPage).plainYjs.type(place, words)
          },
          [at, text] as const,
        ),
    }
  }

  const plain = await join('builder')
  await expect.poll(plain.text).toBe('export const price = 10\n')
  await plain.type(0, '// plain\n')
  await editor.shows('// plain')
  await editor.type(' // editor', 2)
  await expect.poll(plain.text).toBe('// plain\nexport const price = 10 // editor\n')

  const viewer = await join('viewer')
  await expect.poll(viewer.text).toContain('// plain')
  await viewer.type(0, 'not allowed')
  await expect.poll(viewer.closed).toMatchObject({
    code: 4403,
    reason: expect.stringContaining('denied authoring:exec'),
  })
  await editor.showsNot('not allowed')
})
