/** apply_patch: changes of several files as one admission, so that all of them land, wait or fail together. */
import type { Change, ViewReadResponse } from '@relpin/authority/contracts/collab.ts'
import { z } from 'zod'
import { buildTransaction } from './edit-to-transaction.ts'
import { readPatch, type Section } from './patch-text.ts'
import { filePath } from './paths.ts'
import { planPatch } from './plan-patch.ts'
import { readView } from './read.ts'
import { changing, failed, patchTitle, type Worked } from './submit.ts'
import { defineTool, type ToolContext } from './tool.ts'
import { plural } from './view.ts'
import { knowCreated, updateOf } from './write.ts'

export const applyPatchTool = defineTool({
  args: z.object({ patchText: z.string(), patchTitle }),
  title: (args) => {
    const read = readPatch(args.patchText)
    return read.ok ? `Change ${subjectOf(read.sections)}` : 'Apply a patch'
  },
  run: async (context, args) => {
    const title = 'Apply a patch'
    const read = readPatch(args.patchText)
    if (!read.ok) return { result: 'failed', title, why: read.why }
    const sections: Section[] = []
    for (const section of read.sections) {
      const inside = withPaths(section, context.directory)
      if (typeof inside === 'string') return { result: 'failed', title, why: inside }
      sections.push(inside)
    }
    const twice = sections.find(
      ({ path }, at) => sections.findIndex((one) => one.path === path) < at,
    )
    if (twice) {
      const why = `${twice.path} is named twice. Put all changes of a file into one section.`
      return { result: 'failed', title, why }
    }
    const subject = subjectOf(sections)
    return changing(context, () => workOut(context, sections, subject), subject)
  },
})

function withPaths(section: Section, directory: string): Section | string {
  const path = filePath(section.path, directory)
  if (!path.ok) return path.why
  if (section.action !== 'update' || section.moveTo === null) return { ...section, path: path.path }
  const to = filePath(section.moveTo, directory)
  if (!to.ok) return to.why
  return { ...section, path: path.path, moveTo: to.path === path.path ? null : to.path }
}

type Step = { readonly changes: readonly Change[]; readonly done: () => void | Promise<void> }

async function workOut(
  context: ToolContext,
  sections: readonly Section[],
  subject: string,
): Promise<Worked> {
  const steps: Step[] = []
  // Everything that is wrong is said at once, so that the model can mend it at once.
  const problems: string[] = []
  for (const section of sections) {
    const step = await stepOf(context, section)
    if (typeof step === 'string') problems.push(`${section.path}: ${step}`)
    else steps.push(step)
  }
  if (problems.length > 0)
    return failed(`Change ${subject}`, `Nothing was changed. ${problems.join('\n')}`)
  return {
    worked: 'out',
    changes: steps.flatMap((step) => step.changes),
    kind: 'change',
    subject,
    note: `\n${sections.map(inShort).join('\n')}`,
    done: async () => {
      for (const step of steps) await step.done()
    },
  }
}

/** A string says why it cannot be. */
async function stepOf(context: ToolContext, section: Section): Promise<Step | string> {
  const answer = await readView(context, section.path, 'change')
  if (!answer.ok) return answer.why
  const { view } = answer
  const nothing = (): void => undefined
  switch (section.action) {
    case 'add': {
      const { path, text } = section
      // A denied path goes to the door as well, which refuses it and records that.
      if (view.found === 'text' || view.found === 'binary')
        return 'it exists already. Use *** Update File to change it.'
      return {
        changes: [{ op: 'create', path, content: { kind: 'text', text } }],
        done: () => knowCreated(context, path, text),
      }
    }
    case 'delete':
      if (view.found === 'nothing') return 'File not found. Use glob or list to find it.'
      return { changes: [{ op: 'delete', path: section.path }], done: nothing }
    case 'update': {
      const { path, moveTo, chunks } = section
      if (view.found === 'nothing') return 'File not found. Use *** Add File to create it.'
      const rename: readonly Change[] =
        moveTo === null ? [] : [{ op: 'rename', from: path, to: moveTo }]
      if (chunks.length === 0) return { changes: rename, done: nothing }
      const update = updateText(context, view, chunks)
      return typeof update === 'string'
        ? update
        : { ...update, changes: [...update.changes, ...rename] }
    }
  }
}

function updateText(
  context: ToolContext,
  view: Exclude<ViewReadResponse, { found: 'nothing' }>,
  chunks: Parameters<typeof planPatch>[1],
): Step | string {
  if (view.found === 'denied') return `denied by rule ${view.rule}: ${view.why} Do not retry.`
  if (view.found === 'binary') return 'it is a binary file: it cannot be patched.'
  const plan = planPatch(view.text, chunks)
  if (plan.plan === 'impossible') return plan.why
  const built = buildTransaction(Buffer.from(view.state, 'base64'), plan.replacements)
  return {
    changes: [updateOf(view.document, built)],
    done: () => context.seen.wrote(view.fileId, built),
  }
}

function subjectOf(sections: readonly Section[]): string {
  const [only, ...more] = sections
  return only && more.length === 0 ? only.path : plural(sections.length, 'file')
}

function inShort(section: Section): string {
  if (section.action === 'add') return `A ${section.path}`
  if (section.action === 'delete') return `D ${section.path}`
  return section.moveTo === null ? `M ${section.path}` : `R ${section.path} -> ${section.moveTo}`
}
