import { Button, Text } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Problem } from './problem';

/** Keeps the rest of the page alive where a screen breaks, and says so. */
export class Boundary extends Component<{ children: ReactNode }, { broken: Error | null }> {
  override state = { broken: null as Error | null };

  static getDerivedStateFromError(broken: Error): { broken: Error } {
    return { broken };
  }

  override render(): ReactNode {
    const { broken } = this.state;
    if (!broken) return this.props.children;
    return (
      <Problem title="This screen has a defect">
        <Text size="sm">{broken.message}. Nothing was changed by it.</Text>
        <Button variant="default" size="xs" mt="xs" onClick={() => this.setState({ broken: null })}>
          Try again
        </Button>
      </Problem>
    );
  }
}
