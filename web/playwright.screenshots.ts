import { defineConfig } from '@playwright/test'
import base from './playwright.config'

/** `make screenshots`: pictures, not tests. */
export default defineConfig({ ...base, testMatch: 'screens.ts' })
