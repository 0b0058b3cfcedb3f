// Buttons that nobody blocks by an answer of the orchestrator.
import { Component, useState } from 'react';
import { useBroadcastOrchestrator, useIsBroadcasting } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function Bare() {
  const { startBroadcast, stopBroadcast } = useBroadcastOrchestrator();
  async function halt() {
    await stopBroadcast();
  }
  return (
    <>
      <button onClick={() => void startBroadcast()} /> {/* ✗ unasked-button */}
      <button disabled={false} onClick={halt} /> {/* ✗ unasked-button */}
    </>
  );
}

export function OtherReasons() {
  const [name] = useState('');
  const { startBroadcast } = useBroadcastOrchestrator();
  const onAir = useIsBroadcasting();
  const begin = async () => {
    await startBroadcast(name);
  };
  return (
    <>
      <button disabled={!name} onClick={begin} /> {/* ✗ unasked-button */}
      {!onAir && <button onClick={begin} />} {/* ✗ unasked-button */}
    </>
  );
}

export class InClass extends Component {
  begin = async () => {
    await useBroadcastOrchestrator.getState().startBroadcast();
  };
  render() {
    return <button onClick={this.begin} />; // ✗ unasked-button
  }
}

export function AsSwitch() {
  const { startBroadcast, stopBroadcast } = useBroadcastOrchestrator();
  const onAir = useIsBroadcasting();
  const toggle = async (on: boolean) => {
    await (on ? startBroadcast() : stopBroadcast());
  };
  return <Switch checked={onAir} onCheckedChange={toggle} />; // ✗ unasked-button
}
