/** The workspace page as a person uses it: files, editor, panel and the line at the bottom. */
import { expect as impatient, type Locator, type Page } from '@playwright/test'

/** As patient as the tests are, also in a bench, which has none of their settings. */
const expect = impatient.configure({
  timeout: Number(process.env['RELPIN_E2E_PATIENCE_MS'] ?? 20_000),
})

/** Monaco places each line by itself; their order in the page is no order. */
type Placed = { readonly style: { readonly top: string } }

export class Workspace {
  readonly page: Page
  readonly files: Locator
  readonly editor: Locator
  readonly panel: Locator
  readonly status: Locator
  readonly #slug: string

  constructor(page: Page, app: { readonly slug: string }) {
    this.page = page
    this.#slug = app.slug
    this.files = page.getByRole('region', { name: 'Files' })
    this.editor = page.getByRole('region', { name: 'Editor' })
    this.panel = page.getByRole('region', { name: 'OpenCode' })
    this.status = page.locator('footer[aria-label=Status]')
  }

  async enter(path?: string): Promise<void> {
    await this.page.goto(`/apps/${this.#slug}`)
    await expect(this.files.getByRole('treeitem').first()).toBeVisible()
    if (path !== undefined) await this.open(path)
  }

  row(path: string): Locator {
    return this.files.locator(`[role=treeitem][data-path="${path}"]`)
  }

  /** Opens a file by pointing at it, folder by folder. */
  async open(path: string): Promise<void> {
    const folders = path.split('/').slice(0, -1)
    for (const [at] of folders.entries()) {
      const folder = this.row(folders.slice(0, at + 1).join('/'))
      if ((await folder.getAttribute('aria-expanded')) === 'false') await folder.click()
    }
    await this.row(path).dblclick()
    const name = path.split('/').at(-1) ?? path
    await expect(this.editor.getByRole('tab', { name, selected: true })).toBeVisible()
    await expect(this.editor.locator('.view-lines')).toBeVisible()
    await this.saved()
  }

  /** What the editor shows of the file, as far as it is in sight. */
  async shown(): Promise<string> {
    const lines = await this.editor.locator('.view-lines .view-line').evaluateAll((nodes) =>
      nodes
        .map((node) => ({
          top: Number.parseFloat((node as unknown as Placed).style.top),
          text: node.textContent,
        }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text),
    )
    return lines.join('\n').replaceAll('\u00a0', ' ')
  }

  async shows(text: string): Promise<void> {
    await expect.poll(() => this.shown(), { message: `the editor shows ${text}` }).toContain(text)
  }

  async showsNot(text: string): Promise<void> {
    await expect.poll(() => this.shown(), { message: `no ${text} any more` }).not.toContain(text)
  }

  /** Puts the caret at the end of a line (1 is the first), or at the end of the file. */
  async caret(line?: number): Promise<void> {
    await this.editor.locator('.view-lines').click()
    await this.page.keyboard.press(line === undefined ? 'ControlOrMeta+End' : 'ControlOrMeta+Home')
    if (line === undefined) return
    for (let at = 1; at < line; at += 1) await this.page.keyboard.press('ArrowDown')
    await this.page.keyboard.press('End')
  }

  async type(text: string, line?: number): Promise<void> {
    await this.caret(line)
    await this.page.keyboard.type(text)
  }

  /** As an input method does, in one go: one step of undo, however slow the machine is. */
  async write(text: string, line: number): Promise<void> {
    await this.caret(line)
    await this.page.keyboard.insertText(text)
  }

  async undo(): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+z')
  }

  /** The status line says Saved: everything is committed. */
  async saved(): Promise<void> {
    await expect(this.status.locator('[data-save]')).toHaveAttribute('data-save', 'saved')
  }

  /** Sends a prompt to OpenCode and waits for the end of its turn. */
  async ask(prompt: string): Promise<Locator> {
    const turns = this.panel.getByRole('article')
    const before = await turns.count()
    await this.panel.getByRole('textbox', { name: 'Prompt for OpenCode' }).fill(prompt)
    await this.panel.getByRole('button', { name: 'Send' }).click()
    const turn = turns.nth(before)
    await expect(turn.getByText(/^(Done|Stopped|Failed)$/)).toBeVisible({ timeout: 60_000 })
    return turn
  }

  /** One side of the switch in the editor's bar. */
  mode(name: 'Editing' | 'Suggesting'): Locator {
    return this.editor.getByRole('radio', { name })
  }

  /** The buttons of the pending change in front. */
  get decision(): Locator {
    return this.editor.getByRole('toolbar', { name: /^Pending change of patch/ })
  }

  toast(words: string | RegExp): Locator {
    return this.page.locator('[data-sonner-toast]').filter({ hasText: words })
  }
}
