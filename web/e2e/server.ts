// The real program with its own data folder, and signed-in people.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContext, Locator, Page } from '@playwright/test'

const program = process.env.CONSILIUM_BIN ?? resolve(import.meta.dirname, '../../target/debug/consilium')

/** Folders that were made and not removed yet. */
const made = new Set<string>()
process.on('exit', () => { for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) })

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'consilium-e2e-'))
  made.add(folder)
  return folder
}

export class Server {
  readonly data = temporary()
  url = ''
  #printed = ''
  #child!: ChildProcess

  constructor(readonly args: string[] = [], readonly env: Record<string, string> = {}) {}

  static async start(args: string[] = [], env: Record<string, string> = {}): Promise<Server> {
    const server = new Server(args, env)
    await server.#launch('127.0.0.1:0')
    return server
  }

  async #launch(listen: string): Promise<void> {
    const child = spawn(program, ['serve', '--listen', listen, '--data', this.data, ...this.args], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CONSILIUM_BIN: undefined, CONSILIUM_LOG_FILTER: 'warn', ...this.env } })
    this.#child = child
    this.#printed = await new Promise((found, failed) => {
      child.stdout?.once('data', (line) => found(String(line).trim()))
      child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)))
    })
    this.url = new URL(this.#printed).origin
  }

  /** The URL that makes its holder the owner. */
  get setupUrl(): string {
    return this.#printed
  }

  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }

  async restart(): Promise<void> {
    await this.#launch(new URL(this.url).host)
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await gone
    rmSync(this.data, { recursive: true, force: true })
  }
}

export interface Person {
  context: BrowserContext
  page: Page
}

/** Creates the owner on the first-run page. */
export async function owner(browser: Browser, server: Server, name = 'Ana Alvarez'): Promise<Person> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.setupUrl)
  await page.getByLabel('Workspace name').fill('Acme Strategy')
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Email').fill('ana@example.org')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await toDocuments(page)
  return { context, page }
}

/** Creates a member with an invitation of the owner. */
export async function colleague(browser: Browser, host: Person, name = 'Jonas Berg'): Promise<Person> {
  await host.page.getByRole('button', { name: 'Invite people' }).first().click()
  await host.page.getByRole('button', { name: 'Create invite link' }).click()
  const link = await host.page.getByLabel(/Invite link/).inputValue()
  await host.page.getByRole('button', { name: 'Close', exact: true }).click()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link)
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Email').fill(`${name.split(' ')[0]?.toLowerCase()}@example.org`)
  await page.getByLabel('Password').fill('another long password')
  await page.getByRole('button', { name: 'Join' }).click()
  await toDocuments(page)
  return { context, page }
}

/** The list of documents, from the page that follows signing in. */
async function toDocuments(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Home' }).waitFor()
  await page.getByRole('link', { name: 'Documents' }).click()
  await page.getByRole('heading', { name: 'Documents' }).waitFor()
}

/** Chooses from the menu of the open document. */
export async function more(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Chooses from the menu of the signed-in account. */
export async function account(page: Page, item: string, role: 'menuitem' | 'menuitemradio' = 'menuitem'): Promise<void> {
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole(role, { name: item }).click()
}

/** Opens a page of the settings. */
export async function settings(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}

/** Chooses somebody in a field that finds people and groups. */
export async function pick(place: Page | Locator, label: string, name: string): Promise<void> {
  await place.getByRole('combobox', { name: label }).fill(name)
  await place.getByRole('option', { name }).click()
}

export const text = (page: Page) => page.getByRole('textbox', { name: 'Document text' })
export const trust = (page: Page) => page.getByTestId('trust')

/** Creates a document, opens it to the workspace, and returns its address. */
export async function newDocument(page: Page, title: string): Promise<string> {
  await page.getByRole('button', { name: 'New document' }).click()
  await page.getByLabel('Title', { exact: true }).fill(title)
  await page.getByLabel('Title', { exact: true }).press('Enter')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByLabel(/^Anyone in /).selectOption('edit')
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  return page.url()
}
