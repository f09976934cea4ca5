/** Every tool that a capsule can call, by the name that OpenCode knows it under. */
import { editTool, writeTool } from './change.ts'
import { readTool } from './read.ts'
import { globTool, grepTool, listTool } from './search.ts'
import type { Tool } from './tool.ts'
import { bashTool, taskTool, webfetchTool } from './unavailable.ts'

export const TOOLS: ReadonlyMap<string, Tool> = new Map([
  ['read', readTool],
  ['edit', editTool],
  ['write', writeTool],
  ['glob', globTool],
  ['grep', grepTool],
  ['list', listTool],
  ['bash', bashTool],
  ['webfetch', webfetchTool],
  ['task', taskTool],
])
