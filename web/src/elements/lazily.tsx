// Parts of the page that are loaded when they are first shown, or before that in an idle moment. While a part is loading,
// and when it cannot be loaded, the rest of the page stays as it is.
import { type ComponentType, type ReactNode, useEffect } from 'react'
import { loadAhead } from '../idle'
import { t } from '../messages'
import { Store, useStore } from '../store'

type PropsOf<Component> = Component extends (props: infer Props) => ReactNode ? Props : never
type Components<Name extends PropertyKey> = Record<Name, (props: never) => ReactNode>
type Frame = (content: ReactNode) => ReactNode

interface State {
  component: ComponentType<object> | null
  hasFailed: boolean
}

class Part extends Store<State> {
  #load: () => Promise<unknown>

  constructor(load: () => Promise<unknown>) {
    super({ component: null, hasFailed: false })
    this.#load = load
  }

  /** Rejects if it cannot be loaded. */
  ahead = async (): Promise<void> => this.set({ component: (await this.#load()) as ComponentType<object> })

  load = async (): Promise<void> => {
    if (this.state.component) return
    this.set({ hasFailed: false })
    await this.ahead().catch(() => this.set({ hasFailed: true }))
  }
}

/** A component of a module that is loaded on use. */
export const lazily = <Module extends Components<Name>, Name extends keyof Module>(load: () => Promise<Module>, name: Name) =>
  shown(load, name, (content) => content)

/** The same for a whole page. */
export const lazyPage = <Module extends Components<Name>, Name extends keyof Module>(load: () => Promise<Module>, name: Name) =>
  shown(load, name, (content) => <main className="list">{content}</main>)

function shown<Module extends Components<Name>, Name extends keyof Module>(load: () => Promise<Module>, name: Name, frame: Frame) {
  const part = new Part(async () => (await load())[name])
  loadAhead(part.ahead)
  // biome-ignore lint/correctness/noComponentHookFactories: it is made once, where the module of the caller begins
  return function Lazily(props: PropsOf<Module[Name]>): ReactNode {
    const { component: Component, hasFailed } = useStore(part, (state) => state)
    useEffect(() => void part.load(), [])
    if (Component) return <Component {...(props as object)} />
    return frame(hasFailed && <NotLoaded onAgain={part.load} />)
  }
}

/** The server is out of reach, or has another version of the page. */
function NotLoaded({ onAgain }: { onAgain: () => void }) {
  return (
    <div role="alert" className="notice">
      <p>{t.partNotLoaded}</p>
      <div className="row">
        <button type="button" className="button" onClick={onAgain}>{t.tryAgain}</button>
        <button type="button" className="button" onClick={() => location.reload()}>{t.reload}</button>
      </div>
    </div>
  )
}
