/** edit: finds its text in the document as it is at that moment, and replaces it in one transaction. */
import { z } from 'zod'
import { buildTransaction, planEdit, toLf, type Edit } from './edit-to-transaction.ts'
import { filePath, shownPath } from './paths.ts'
import { readView, refusedRead } from './read.ts'
import { changing, failed, patchTitle, type Worked } from './submit.ts'
import { defineTool, type ToolContext } from './tool.ts'
import { updateOf, workOutWrite } from './write.ts'

export const editTool = defineTool({
  args: z.object({
    filePath: z.string(),
    oldString: z.string(),
    newString: z.string(),
    replaceAll: z.boolean().nullish(),
    patchTitle,
  }),
  title: (args, directory) => `Edit ${shownPath(args.filePath, directory)}`,
  run: async (context, args) => {
    const path = filePath(args.filePath, context.directory)
    if (!path.ok) return { result: 'failed', title: `Edit ${args.filePath}`, why: path.why }
    const edit = { ...args, replaceAll: args.replaceAll ?? false }
    return changing(context, () => workOutEdit(context, path.path, edit), path.path)
  },
})

async function workOutEdit(context: ToolContext, path: string, edit: Edit): Promise<Worked> {
  const title = `Edit ${path}`
  const answer = await readView(context, path, 'change')
  if (!answer.ok) return failed(title, answer.why)
  const { view } = answer
  if (view.found === 'denied') return { worked: 'result', result: refusedRead(path, view) }
  if (view.found === 'binary')
    return failed(title, `${path} is a binary file: it cannot be edited.`)
  if (view.found === 'nothing') {
    if (edit.oldString === '') return workOutWrite(context, path, toLf(edit.newString))
    return failed(title, `File not found: ${path}. Use write to create it.`)
  }
  const plan = planEdit(view.text, edit)
  if (plan.plan === 'impossible') return failed(title, plan.why)
  const built = buildTransaction(Buffer.from(view.state, 'base64'), plan.replacements)
  return {
    worked: 'out',
    changes: [updateOf(view.document, built)],
    kind: 'edit',
    subject: path,
    done: () => context.seen.wrote(view.fileId, built),
  }
}
