/** What the demo model does for a prompt: short scripts that make real tool calls and read their real results. */
import { linesOf, outcomeInWords, type Conversation, type DoneCall } from './conversation.ts'
import { walkthrough } from './reading.ts'
import { reviewAct } from './review.ts'

export type Call = { readonly tool: string; readonly args: Readonly<Record<string, unknown>> }
export type Act =
  | { readonly act: 'call'; readonly say: string; readonly calls: readonly Call[] }
  | { readonly act: 'answer'; readonly text: string }

/** The next act of the script that fits the prompt. Deterministic: the same conversation gives the same act. */
export function nextAct(conversation: Conversation): Act {
  const { prompt, done } = conversation
  const task = readTask(prompt)
  switch (task.task) {
    case 'review':
      return reviewAct(
        done,
        lookThenAnswer(done, task.paths, 'Reading what is to be reviewed.', () => ''),
      )
    case 'explain':
      return lookThenAnswer(done, task.paths, 'Reading it first.', walkthrough)
    case 'replace':
      return readThenEdit(done, task.path, (lines) => replaceEdit(lines, task))
    case 'comment':
      return readThenEdit(done, task.path, (lines) => commentEdit(task.path, lines, task.text))
    case 'create':
      return write(done, task.path, starter(task.path))
    case 'secret':
      return write(done, task.path, 'API_TOKEN=demo\n')
    case 'plan':
      return plan(done)
    case 'bash':
      return shell(done, task.command)
    case 'improve':
      return improve(done, task.path)
  }
}

type Task =
  | { readonly task: 'review' | 'explain'; readonly paths: readonly string[] }
  | {
      readonly task: 'replace'
      readonly path: string
      readonly from: string
      readonly to: string
      readonly words: boolean
    }
  | { readonly task: 'comment'; readonly path: string; readonly text: string | null }
  | { readonly task: 'create' | 'secret'; readonly path: string }
  | { readonly task: 'plan' }
  | { readonly task: 'bash'; readonly command: string }
  | { readonly task: 'improve'; readonly path: string | null }

const PATH = String.raw`[\`"']?([\w@./-]*[\w-]\.[\w.-]*\w|[\w@.-]+\/[\w@./-]*\w|\.env[\w.]*)[\`"']?`

function readTask(prompt: string): Task {
  const [line = ''] = prompt.trim().split('\n')
  const named = [...line.matchAll(new RegExp(PATH, 'g'))].map((match) => match[1] ?? '')
  const [first = null] = named
  if (/^\/review\b|^review\b/i.test(line)) return { task: 'review', paths: named }
  if (/^\/explain\b|^explain\b/i.test(line)) return { task: 'explain', paths: named }
  if (/\bmake a plan\b/i.test(line)) return { task: 'plan' }
  if (/\b(run|execute|shell|bash)\b/i.test(line)) {
    return { task: 'bash', command: /`(.+)`/.exec(line)?.[1] ?? 'npm test' }
  }
  const secret = named.find((path) => /(^|\/)\.env|secrets?\.|\.pem$/.test(path))
  if (secret) return { task: 'secret', path: secret }
  const quoted = /replace\s+["“'`](.+?)["”'`]\s+(?:with|by)\s+["“'`](.*?)["”'`]/i.exec(line)
  const path = named.at(-1) ?? null
  if (quoted?.[1] && path) {
    return { task: 'replace', path, from: quoted[1], to: quoted[2] ?? '', words: false }
  }
  const renamed = /rename\s+[`"']?([\w$.]+)[`"']?\s+to\s+[`"']?([\w$.]+)[`"']?\s+in\b/i.exec(line)
  if (renamed?.[1] && renamed[2] && path) {
    return { task: 'replace', path, from: renamed[1], to: renamed[2], words: true }
  }
  if (/^\/scaffold\b/.test(line)) return { task: 'create', path: path ?? 'src/lib/scaffold.ts' }
  if (/^\/tests\b/.test(line)) {
    const target = first ?? 'src/main.ts'
    return { task: 'create', path: target.replace(/(\.[cm]?[jt]sx?)?$/, '.test.ts') }
  }
  if (/\bcreate\b/i.test(line) && first) return { task: 'create', path: first }
  if (/\bcomment\b/i.test(line) && path) {
    const said = /["“](.+?)["”]/.exec(line)?.[1]
    return { task: 'comment', path, text: said ?? null }
  }
  return { task: 'improve', path: first }
}

function lookThenAnswer(
  done: readonly DoneCall[],
  paths: readonly string[],
  say: string,
  answer: (files: readonly DoneCall[]) => string,
): Act {
  if (paths.length > 0) {
    if (done.length === 0) return call(say, ...paths.map(read))
    return { act: 'answer', text: answer(done.filter((each) => each.tool === 'read')) }
  }
  if (done.length === 0) return call(say, { tool: 'glob', args: { pattern: 'src/**/*' } })
  if (done.length === 1) {
    const found = sourcesIn(done[0]?.result ?? '').slice(0, 3)
    if (found.length === 0) return { act: 'answer', text: 'I found no source files to read.' }
    return call('', ...found.map(read))
  }
  return { act: 'answer', text: answer(done.filter((each) => each.tool === 'read')) }
}

type EditPlan =
  | {
      readonly what: string
      readonly oldString: string
      readonly newString: string
      readonly replaceAll?: boolean
    }
  | { readonly nothing: string }

function readThenEdit(
  done: readonly DoneCall[],
  path: string,
  plan: (lines: readonly string[]) => EditPlan,
): Act {
  const looked = done.findLast((each) => each.tool === 'read')
  if (!looked) return call(`I read \`${path}\` first.`, read(path))
  const edited = done.findLast((each) => each.tool === 'edit')
  const lines = linesOf(looked.result)
  if (!lines) return { act: 'answer', text: outcomeInWords(looked.result, `Reading \`${path}\``) }
  const planned = plan(lines)
  if ('nothing' in planned)
    return { act: 'answer', text: edited ? said(edited, path) : planned.nothing }
  if (edited) return { act: 'answer', text: said(edited, path) }
  const { what, ...change } = planned
  return call(what, { tool: 'edit', args: { filePath: path, ...change } })
}

function said(edited: DoneCall, path: string): string {
  return outcomeInWords(edited.result, `The change to \`${path}\``)
}

function replaceEdit(lines: readonly string[], task: Extract<Task, { task: 'replace' }>): EditPlan {
  const text = lines.join('\n')
  const found = text.includes(task.from)
  if (!found) {
    return {
      nothing: `\`${task.from}\` is not in \`${task.path}\`, so there is nothing to change.`,
    }
  }
  const what = `Changing \`${task.from}\` to \`${task.to}\`.`
  return { what, oldString: task.from, newString: task.to, replaceAll: true }
}

function commentEdit(path: string, lines: readonly string[], text: string | null): EditPlan {
  const at = lines.findIndex((line) => line.trim() !== '')
  const first = lines[at]
  if (first === undefined)
    return { nothing: `\`${path}\` is empty, so there is nothing to comment.` }
  const comment = commentFor(path, text ?? `${nameOf(path)}: what this file is for, in one line.`)
  return {
    what: 'Adding one line.',
    // A first line that comes again needs its neighbours to be found once.
    ...unique(lines, at, (block) => `${comment}\n${block}`),
  }
}

/** Extends the block from line `at` until it is found once in the text. */
function unique(
  lines: readonly string[],
  at: number,
  change: (block: string) => string,
): { readonly oldString: string; readonly newString: string } {
  const text = lines.join('\n')
  let end = at + 1
  let block = lines.slice(at, end).join('\n')
  while (end < lines.length && text.split(block).length > 2)
    block = lines.slice(at, ++end).join('\n')
  return { oldString: block, newString: change(block) }
}

function write(done: readonly DoneCall[], path: string, content: string): Act {
  const written = done.findLast((each) => each.tool === 'write')
  if (!written)
    return call(`Writing \`${path}\`.`, { tool: 'write', args: { filePath: path, content } })
  return { act: 'answer', text: outcomeInWords(written.result, `Writing \`${path}\``) }
}

function shell(done: readonly DoneCall[], command: string): Act {
  const ran = done.findLast((each) => each.tool === 'bash')
  if (!ran) return call('', { tool: 'bash', args: { command } })
  const judged = /^(applied|queued as|denied by)/m.test(ran.result)
  if (judged) return { act: 'answer', text: outcomeInWords(ran.result, 'Running a command') }
  return { act: 'answer', text: `I ran \`${command}\`:\n\n\`\`\`\n${ran.result}\n\`\`\`` }
}

/** Makes a plan, does its first part, and says how far it came. */
function plan(done: readonly DoneCall[]): Act {
  const todos = (...statuses: readonly string[]): Call => ({
    tool: 'todowrite',
    args: {
      todos: ['Look at the files', 'Choose what to change', 'Change it'].map((content, at) => ({
        content,
        status: statuses[at] ?? 'pending',
        priority: 'medium',
      })),
    },
  })
  if (done.length === 0) return call('This takes a plan.', todos('in_progress'))
  if (done.length === 1) return call('', { tool: 'list', args: {} })
  if (done.length === 2) return call('', todos('completed', 'in_progress'))
  return { act: 'answer', text: 'I looked at the files. Tell me what to change, and I go on.' }
}

function improve(done: readonly DoneCall[], named: string | null): Act {
  if (named === null && done.length === 0) {
    return call('Let me look around.', { tool: 'list', args: {} })
  }
  const path = named ?? pickFrom(done[0]?.result ?? '')
  return readThenEdit(done, path, (lines) => {
    const at = lines.findIndex((line) =>
      /^export (async )?(function|const|class|type)\b/.test(line),
    )
    const name = /(?:function|const|class|type)\s+(\w+)/.exec(lines[at] ?? '')?.[1]
    if (at < 0 || name === undefined) return commentEdit(path, lines, null)
    if (lines[at - 1]?.trim().endsWith('*/'))
      return commentEdit(path, lines, `Reviewed: \`${name}\` is documented.`)
    const doc = `/** ${name}: documented by the demo model. */`
    return {
      what: `\`${name}\` has no description yet.`,
      ...unique(lines, at, (block) => `${doc}\n${block}`),
    }
  })
}

function pickFrom(tree: string): string {
  return /^\s*main\.tsx?$/m.exec(tree) ? `src/${/main\.tsx?/.exec(tree)?.[0]}` : 'src/main.ts'
}

function sourcesIn(result: string): string[] {
  return result.split('\n').filter((line) => /\.([cm]?[jt]sx?|svelte|vue|css)$/.test(line.trim()))
}

function commentFor(path: string, text: string): string {
  if (/\.(html|svg|md|xml)$/.test(path)) return `<!-- ${text} -->`
  if (/\.css$/.test(path)) return `/* ${text} */`
  if (/\.(ya?ml|toml|sh)$|^\.|\/\./.test(path)) return `# ${text}`
  return `// ${text}`
}

function starter(path: string): string {
  const name = nameOf(path).replace(
    /[^a-zA-Z0-9]+(.)?/g,
    (_, next: string) => next?.toUpperCase() ?? '',
  )
  if (/\.test\.ts$/.test(path)) {
    return `import { expect, test } from 'vitest'\n\ntest('${name} works', () => {\n  expect(true).toBe(true)\n})\n`
  }
  if (/\.md$/.test(path)) return `# ${name}\n\nWritten by the demo model.\n`
  if (/\.css$/.test(path)) return `.${name} {\n  display: block;\n}\n`
  if (/\.json$/.test(path)) return '{}\n'
  return `/** ${name}, created by the demo model. */\nexport function ${name || 'created'}(): string {\n  return '${name}'\n}\n`
}

function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.[^.]+$/, '')
}

function read(path: string): Call {
  return { tool: 'read', args: { filePath: path } }
}

function call(say: string, ...calls: readonly Call[]): Act {
  return { act: 'call', say, calls }
}
