/** docs/api.md says that curl alone can do the main job: its own lines are run here, on a blank installation. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { api } from '../support/api.ts'
import { demoModelUrl, startBlank } from '../support/blank-studio.ts'
import { ROOT } from '../support/product.ts'

const run = promisify(execFile)

/** Every answer is noted, streams end by themselves, and the last line waits for what runs beside it. */
const AROUND = {
  before: [
    'set -eo pipefail',
    'curl() {',
    '  local limit=120; [[ "$*" == *audit/stream* ]] && limit=5',
    '  command curl --max-time "$limit" -w "%{stderr}%{http_code} %{method} %{url}\\n" "$@" 2>>"$ANSWERS" || [ $? -eq 28 ]',
    '}',
    // The page uses jq for `.a` and `.a[0].b` only; not every machine has it.
    'command -v jq >/dev/null || jq() { node -e "$JQ" "$2"; }',
  ],
  after: ['wait'],
}

const JQ = `
  const value = JSON.parse(require('fs').readFileSync(0, 'utf8'))
  console.log(process.argv[1].match(/\\w+/g).reduce((it, name) => it[name], value))`

/** Debian's packages have it; a fresh machine may lack it. */
async function ensureCurl(): Promise<void> {
  const there = await run('curl', ['--version']).then(
    () => true,
    () => false,
  )
  if (!there) await run('apt-get', ['install', '-y', '--no-install-recommends', 'curl'])
}

test('the lines of docs/api.md do the main job', async () => {
  const testInfo = test.info()
  test.setTimeout(240_000)
  const page = await readFile(join(ROOT, 'docs/api.md'), 'utf8')
  const blocks = [...page.matchAll(/```(?:sh|bash)\n([\s\S]*?)```/g)].map(
    ([, block]) => block ?? '',
  )
  expect(blocks.length).toBeGreaterThan(0)
  await ensureCurl()
  const product = await startBlank()
  try {
    const script = blocks
      .join('\n')
      .replace('http://localhost:3000', product.url)
      .replace('https://api.openai.com/v1', await demoModelUrl())
      // OpenCode gives models of this name a tool for patches in the place of `edit`, which the scripted one uses.
      .replace('"id":"gpt-5"', '"id":"demo-model"')
    const folder = testInfo.outputPath('project')
    await run('git', ['init', '-q', folder])
    const git = (...args: string[]) =>
      run('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args])
    await run('cp', [join(ROOT, 'docs/api.md'), join(folder, 'notes.md')])
    await git('add', '.')
    await git('commit', '-q', '-m', 'first')
    const answers = testInfo.outputPath('answers.txt')
    await run('bash', ['-c', [...AROUND.before, script, ...AROUND.after].join('\n')], {
      cwd: folder,
      env: { ...process.env, ANSWERS: answers, JQ },
      maxBuffer: 64 * 1024 * 1024,
    })

    const said = (await readFile(answers, 'utf8')).trim().split('\n')
    expect(said.filter((line) => !/^[12]\d\d (GET|POST|PUT|PATCH|DELETE) /.test(line))).toEqual([])
    expect(said.length).toBeGreaterThan(15)

    const { token } = await api(product.url).call<{ token: string }>('POST', '/api/sign-in', {
      email: 'olive@example.com',
      password: 'a long password',
    })
    const olive = api(product.url, token)
    const done = await olive.call<{ items: { action: string; decision: string }[] }>(
      'GET',
      '/api/audit?limit=200',
    )
    const actions = new Set(done.items.map(({ action }) => action))
    for (const action of ['opencode.queue', 'opencode.approve', 'release.pin', 'app.create']) {
      expect([...actions], action).toContain(action)
    }
    const tar = await run('tar', ['tf', join(folder, 'release.tar')])
    expect(tar.stdout).toContain('src/lib/dom.ts')
  } finally {
    await product.stop()
  }
})
