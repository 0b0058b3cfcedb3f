// The monitor where everybody sees it.
import { lazy } from 'react';
import { BroadcastStateMonitor, BroadcastStateMonitor as Watch } from '@/components/debug/BroadcastStateMonitor';

const Later = lazy(() => import('@/components/debug/BroadcastStateMonitor'));
const production = process.env.NODE_ENV === 'production';

export const Always = () => <BroadcastStateMonitor />; // ✗ monitor-shipped
export const Opened = ({ open }) => <>{open && <Watch />}</>; // ✗ monitor-shipped
export const Reversed = () => <>{production && <Watch />}</>; // ✗ monitor-shipped
export const Either = ({ open }) => <>{(!production || open) && <Watch />}</>; // ✗ monitor-shipped
export const Loaded = () => <Later />; // ✗ monitor-shipped
