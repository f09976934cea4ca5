/** A window's WebSocket that a test can cut and mend; in between, everything is the product's own. */
import type { Page, WebSocketRoute } from '@playwright/test'

type BreakableConnection = {
  /** Closes the socket, and every later attempt to open one. */
  readonly cut: () => Promise<void>
  /** The next attempt goes through. */
  readonly mend: () => void
}

/** Call it before the page opens a workspace. */
export async function breakableConnection(page: Page): Promise<BreakableConnection> {
  let broken = false
  const open = new Set<WebSocketRoute>()
  await page.routeWebSocket(/\/collab/, async (socket) => {
    if (broken) {
      await socket.close()
      return
    }
    socket.connectToServer()
    open.add(socket)
  })
  return {
    cut: async () => {
      broken = true
      for (const socket of open) await socket.close()
      open.clear()
    },
    mend: () => {
      broken = false
    },
  }
}
