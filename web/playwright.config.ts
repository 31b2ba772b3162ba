import { defineConfig } from '@playwright/test'

/** Debian's Chromium without windows, kept from phoning home; an empty profile each time. */
export const chromium = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
}

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  // A deadline ends a test that is broken, never one that is slow: a busy machine takes many times longer.
  timeout: 10 * 60_000,
  expect: { timeout: 60_000 },
  // Each file starts a server of its own. Three of them keep two cores busy, because most of a browser test is waiting.
  workers: 3,
  // Only on the machines of CI. A test that passes only when it is run again is reported as flaky.
  retries: process.env.TEST_AGAIN === '1' ? 1 : 0,
  reporter: 'list',
  // The same for a click on something that never appears.
  use: { actionTimeout: 120_000, launchOptions: chromium, viewport: { width: 1440, height: 900 } },
})
