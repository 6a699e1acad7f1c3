/** Keeps a fault in one page from taking the others along. */
import { Component, type ReactNode } from 'react';
import { visibleText } from '../domain/visible-text.js';
import { EmptyState } from './empty-state.js';

interface Props {
  readonly children: ReactNode;
}

export class Mishap extends Component<Props, { readonly message: string | null }> {
  override state = { message: null };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return (
      <EmptyState title="This page could not be shown">
        <p>It met something it does not understand: {visibleText(message)}</p>
        <p>
          <button type="button" className="button" onClick={() => location.reload()}>
            Load again
          </button>
        </p>
      </EmptyState>
    );
  }
}
