/** Shadows OpenCode's `grep`: searches the live texts by regular expression. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'

export default tool({
  description: `Search the contents of the live project with a JavaScript regular expression.
- Narrow it with include (such as "*.ts" or "*.{ts,tsx}") or path.
- Returns paths, line numbers and the matching lines.`,
  args: {
    pattern: tool.schema.string().describe('The regular expression to search for'),
    path: tool.schema
      .string()
      .optional()
      .describe('Folder to search in (the whole project if absent)'),
    include: tool.schema.string().optional().describe('File pattern, such as "*.ts"'),
  },
  execute: (args, context) => callBridge('grep', args, context),
})
