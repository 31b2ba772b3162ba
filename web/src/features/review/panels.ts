// The panels beside the text, each loaded when it is first opened.
import { lazy } from 'react'

export const ApprovalPanel = lazy(() => import('./approvals/ApprovalPanel').then((module) => ({ default: module.ApprovalPanel })))
export const AuthorsPanel = lazy(() => import('./authorship/AuthorsPanel').then((module) => ({ default: module.AuthorsPanel })))
export const CommentsPanel = lazy(() => import('./comments/CommentsPanel').then((module) => ({ default: module.CommentsPanel })))
export const Comparison = lazy(() => import('./revisions/Comparison').then((module) => ({ default: module.Comparison })))
export const Discussion = lazy(() => import('./comments/Discussion').then((module) => ({ default: module.Discussion })))
export const ReviewedText = lazy(() => import('./approvals/ReviewedText').then((module) => ({ default: module.ReviewedText })))
export const HistoryPanel = lazy(() => import('./revisions/HistoryPanel').then((module) => ({ default: module.HistoryPanel })))
