/** Signing in and out, and joining by a link with the role that somebody chose. */
import { randomBytes } from 'node:crypto'
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'

const someEmail = (): string => `p-${randomBytes(5).toString('hex')}@northwind.example`
const PASSWORD = 'correct horse battery'

test('an Admin invites by link, and whoever opens it joins with that role', async ({
  studio,
  browser,
}) => {
  const email = someEmail()
  const admin = await studio.window('admin')
  await visit(admin, '/settings/members')
  const dialog = admin.getByRole('dialog')
  await admin.getByRole('button', { name: 'Invite' }).click()
  await dialog.getByRole('combobox', { name: 'Role' }).click()
  await admin.getByRole('option', { name: /Reviewer/ }).click()
  await dialog.getByRole('button', { name: 'Create link' }).click()
  const link = await dialog.getByRole('textbox', { name: 'Invitation link' }).inputValue()

  const guest = await browser.newContext({ baseURL: studio.url })
  const page = await guest.newPage()
  await page.goto(link)
  await expect(page.getByText('invites you as Reviewer')).toBeVisible()
  await page.getByRole('textbox', { name: 'Your name' }).fill('Quill Marsh')
  await page.getByRole('textbox', { name: 'Email' }).fill(email)
  await page.getByLabel('Password').first().fill(PASSWORD)
  await page.getByRole('button', { name: 'Join Northwind' }).click()
  await expect(page.getByRole('heading', { name: 'Apps', exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'New app' })).toHaveCount(0)

  // It works once.
  const late = await (await browser.newContext({ baseURL: studio.url })).newPage()
  await late.goto(link)
  await expect(late.getByRole('button', { name: /^Join/ })).toHaveCount(0)
  await admin.reload()
  await expect(admin.getByRole('row').filter({ hasText: email })).toContainText('Reviewer')
  await guest.close()
})

test('a wrong password is refused in words that give nothing away', async ({ studio, browser }) => {
  const page = await (await browser.newContext({ baseURL: studio.url })).newPage()
  await page.goto('/sign-in')
  const attempt = async (email: string): Promise<string> => {
    await page.getByRole('textbox', { name: 'Email' }).fill(email)
    await page.getByLabel('Password').first().fill('not the password')
    const answered = page.waitForResponse('**/api/sign-in')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect((await answered).status()).toBe(401)
    return (await page.getByRole('alert').first().textContent()) ?? ''
  }
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled()
  const unknown = await attempt(someEmail())
  const known = await attempt(studio.people.admin.email)
  expect(unknown.trim()).not.toBe('')
  expect(known).toBe(unknown)
  await page.goto('/')
  await expect(page).toHaveURL(/\/sign-in/)
})

test('a changed role holds at once, also in what is open', async ({ studio }) => {
  const app = await studio.app({ 'notes.md': 'one\n' })
  const owner = studio.api('owner')
  const { url } = await owner.call<{ url: string }>('POST', '/api/invitations', { role: 'builder' })
  const joined = await studio
    .api()
    .call<{ token: string; me: { member: { id: string } } }>(
      'POST',
      `/api/invitations/${url.split('/').at(-1)}`,
      {
        name: 'Joss Aldana',
        email: someEmail(),
        password: PASSWORD,
      },
    )
  const guest = await studio.workspace({ token: joined.token }, app, 'notes.md')
  await guest.type(' two', 1)
  await guest.saved()
  await owner.call('PATCH', `/api/members/${joined.me.member.id}`, { role: 'viewer' })
  await expect(guest.status).toContainText('Read only')
  await guest.page.keyboard.type(' three')
  expect(await app.text('notes.md')).toBe('one two\n')

  await owner.call('DELETE', `/api/members/${joined.me.member.id}`)
  await expect(guest.page).toHaveURL(/\/sign-in/)
})
