/** A file's history page and the gutter of the editor, as a person uses them. */
import { expect, type Locator, type Page } from '@playwright/test'
import type { Api } from './api.ts'
import type { Workspace } from './workspace.ts'
import { visit } from './visit.ts'

type Files = { readonly items: readonly { readonly fileId: string; readonly path: string }[] }

/** Lines of the editor and who wrote them: `Lines 1 to 3: Mira Kask`. */
export const gutterOf = (workspace: Workspace): Locator =>
  workspace.editor.getByRole('list', { name: 'Who wrote each line' }).getByRole('listitem')

/** A step of typing ends after a pause; changes over the API are steps of their own. */
export async function write(as: Api, slug: string, path: string, text: string): Promise<string> {
  const { patch } = await as.call<{ patch: string | null }>(
    'PUT',
    `/api/apps/${slug}/files/${path}`,
    { text },
  )
  return patch ?? ''
}

export class PastPage {
  readonly page: Page
  readonly steps: Locator
  readonly chosen: Locator
  readonly list: Locator

  constructor(page: Page) {
    this.page = page
    this.list = page.getByRole('listbox', { name: 'Steps, newest first' })
    this.steps = this.list.getByRole('option')
    this.chosen = page.getByRole('region', { name: 'The chosen step' })
  }

  static async open(page: Page, as: Api, slug: string, path: string): Promise<PastPage> {
    const { items } = await as.call<Files>('GET', `/api/apps/${slug}/files?limit=200`)
    const fileId = items.find((file) => file.path === path)?.fileId ?? ''
    await visit(page, `/apps/${slug}/history/${fileId}`)
    const past = new PastPage(page)
    await expect(past.steps.first()).toBeVisible()
    return past
  }

  async show(what: 'What it changed' | 'Compared with now' | 'The text then'): Promise<void> {
    await this.chosen.getByRole('tab', { name: what }).click()
  }

  /** Presses the button and answers the question; gives the sentence that said what would happen. */
  async goBack(button: string | RegExp, answer: string | RegExp): Promise<string> {
    await this.chosen.getByRole('button', { name: button }).click()
    const dialog = this.page.getByRole('dialog')
    const said = await dialog.innerText()
    await dialog.getByRole('button', { name: answer }).click()
    await expect(dialog).toHaveCount(0)
    return said
  }
}
