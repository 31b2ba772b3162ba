/** The page of a server without accounts, which this app cannot use. */
export function OpenServer() {
  return (
    <main className="welcome">
      <div className="empty">
        <h1>This server is open</h1>
        <p>It takes any document name without signing in. Point your Yjs app at it:</p>
        <code>{`ws://${location.host}/sync/NAME`} · {`ws://${location.host}/collab`}</code>
        <p>Start it without <code>--open</code> for accounts and this app.</p>
      </div>
    </main>
  )
}
