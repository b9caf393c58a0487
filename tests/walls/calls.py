"""Who may call what: functions and sequences, each called with arguments that do no harm.

What is not listed is called by triggers, policies and other functions alone, and by no actor.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.walls import world

_NOBODY = world.key("nobody at all")
_MOVE = f"{world.key('guest session', 'guest', 'kept')}, {world.someone('person')}"

# word in the table → (what it is, as the catalog has it), how it is called
CALLS = {
    "auth.uid": "select auth.uid()",
    "auth.role": "select auth.role()",
    "auth.jwt": "select auth.jwt()",
    "uuid_range": f"select public.uuid_range({_NOBODY}, {_NOBODY}, '[]')",
    "uuid_range.2": f"select public.uuid_range({_NOBODY}, null)",
    "uuid_multirange": "select public.uuid_multirange()",
    "uuid_multirange.1": "select public.uuid_multirange('empty'::public.uuid_range)",
    "uuid_multirange.n": "select public.uuid_multirange(variadic array[]::public.uuid_range[])",
    "cleanup_sessions": "select public.cleanup_expired_guest_sessions()",
    "cleanup_events": "select public.cleanup_old_platform_events()",
    "event_counts": "select * from public.get_event_counts_by_type()",
    "funnel": "select * from public.get_conversion_funnel()",
    "funnel_by": "select * from public.get_conversion_funnel_by(now(), now())",
    "funnel_days": "select * from public.get_funnel_days('2025-11-03', '2025-11-04')",
    "funnel_cities": "select * from public.get_funnel_cities('2025-11-03', '2025-11-04')",
    "event_days": "select * from public.get_event_days('2025-11-03', '2025-11-04')",
    "numbers_asked": "select * from amara_api.numbers_asked(now(), now())",
    "funnel_differences": "select * from amara_api.funnel_differences(now(), now())",
    "funnel_searches": "select * from amara_api.funnel_searches(now(), now())",
    "funnel_names": "select amara_api.funnel_names('{s:a}')",
    "funnel_city": "select amara_api.funnel_city('Cali')",
    "events_by_day": "select * from amara_api.events_by_day(now(), now())",
    "roll_up": "select amara_private.roll_up_events()",
    "roll_days": "select amara_private.roll_days('2025-11-03', '2025-11-03')",
    "unroll": "select amara_private.unroll()",
    "purge": "select amara_private.purge_events(1)",
    "to_purge": "select amara_private.events_to_purge()",
    "time_zone": "select amara_private.use_time_zone('America/Bogota')",
    "by_token": "select * from public.guest_session_by_token('no such token')",
    "fold": "select amara_api.fold('Á')",
    "guest_proof": "select amara_api.guest_proof()",
    "lock": f"select amara_api.lock_professional({_NOBODY})",
    "free_starts": f"select * from amara_api.free_starts({_NOBODY}, '2031-01-01', '2031-01-02', 120, now())",
    "speaks": "select amara_private.speaks(null)",
    "speaking": f"select amara_private.speaking({_NOBODY}, 0, 1)",
    "reply_hash": "select amara_private.reply_hash(null)",
    "move_guest": f"select amara_private.move_guest({_NOBODY}, {_NOBODY})",
    "is_proved_guest": f"select amara_private.is_proved_guest({_NOBODY})",
    "convert_guest": f"select amara_private.convert_guest({_MOVE})",
    "convert_guest_to_user": f"select public.convert_guest_to_user({_MOVE})",
    "forget_visitors": "select amara_private.forget_idle_visitors(0)",
    "forget_conversations": "select amara_private.forget_conversations(now(), 0)",
    "hold_tokens": "select amara_private.hold_tokens('2031-01-01', '{}', '{}', 0)",
    "spend_tokens": "select amara_private.spend_tokens('2031-01-01', '{}', 0, 0)",
    "notify": f"select amara_private.notify('message.completed', {_NOBODY}, '{{}}')",
    "begin_call": (
        f"select amara_private.begin_call({world.key('call')}, {_NOBODY}, {_NOBODY}, {_NOBODY}, false, 'any', 1,"
        " 'answer', '2031-01-01', '{}', '{}', 0, 0)"
    ),
    "end_call": f"select amara_private.end_call({_NOBODY}, 0)",
    "settle_calls": "select amara_private.settle_calls(1)",
    "runs_elsewhere": f"select amara_private.runs_elsewhere({_NOBODY}, {_NOBODY})",
    "open_word": f"select amara_api.open_word({_NOBODY}, {_NOBODY}, 'a run', 'a message')",
    "begin_run": (
        f"select amara_private.begin_run({_NOBODY}, {_NOBODY}, {_NOBODY}, 'a run', null, {_NOBODY}, 'us', 1, null,"
        " '{}', 0)"
    ),
    "recall": f"select amara_private.recall({_NOBODY}, {_NOBODY}, 1)",
    "hold_run": f"select amara_private.hold_run({_NOBODY})",
    "hold_answer": f"select amara_private.hold_answer({_NOBODY})",
    "keep_frames": "select amara_private.keep_frames('{}', '{}', '{}', '{}', '{}', '{}', false)",
    "once.serve": "select amara_once.serve()",
    "once.keep_frames": "select amara_once.keep_frames('{}', '{}', '{}', '{}', '{}', '{}', false)",
    "once.begin_call": (
        f"select amara_once.begin_call({world.key('another call')}, {_NOBODY}, {_NOBODY}, {_NOBODY}, false, 'any', 1,"
        " 'answer', '2031-01-01', '{}', '{}', 0, 0)"
    ),
    "once.recall": f"select amara_once.recall({_NOBODY}, {_NOBODY}, 1, 'authenticated', '{{}}', {_NOBODY})",
    "once.remember": (
        f"select amara_once.remember('authenticated', '{{}}', {_NOBODY}, {_NOBODY}, 'a message', {_NOBODY}, 'Hola',"
        f" '{{}}', {_NOBODY}, 'a run', null, 'us', 1, null, '{{}}', 1, 1, 1, 1, '',"
        " false, 'es', null, 'Hola')"
    ),
    "messages_sequence": "select nextval('public.amara_messages_sequence_seq')",
    "replies_sequence": "select nextval('amara_private.replies_id_seq')",
}

TABLE = """
                      anon guest stranger expired person visitor checkout pro admin secret amara login
auth.uid              yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   no
auth.role             yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   no
auth.jwt              yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   no
uuid_range            yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   yes
uuid_range.2          yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   yes
uuid_multirange       yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   yes
uuid_multirange.1     yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   yes
uuid_multirange.n     yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   yes
cleanup_sessions      no   no    no       no      no     no      no       no  no    yes    yes   no
cleanup_events        no   no    no       no      no     no      no       no  no    yes    yes   no
event_counts          no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel                no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel_by             no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel_days           no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel_cities         no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
event_days            no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
numbers_asked         no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel_differences    no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel_searches       no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel_names          no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
funnel_city           no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
events_by_day         no   no    no       no      yes    yes     yes      yes yes   yes    yes   no
roll_up               no   no    no       no      no     no      no       no  no    yes    yes   no
roll_days             no   no    no       no      no     no      no       no  no    no     no    no
unroll                no   no    no       no      no     no      no       no  no    no     no    no
purge                 no   no    no       no      no     no      no       no  no    yes    yes   no
to_purge              no   no    no       no      no     no      no       no  no    yes    yes   no
time_zone             no   no    no       no      no     no      no       no  no    no     yes   no
by_token              yes  yes   yes      yes     yes    yes     yes      yes yes   yes    no    no
fold                  yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   no
guest_proof           yes  yes   yes      yes     yes    yes     yes      yes yes   yes    yes   no
lock                  no   no    no       no      no     no      no       no  no    yes    yes   no
free_starts           no   no    no       no      no     no      no       no  no    yes    yes   no
speaks                no   no    no       no      no     no      no       no  no    no     yes   no
speaking              no   no    no       no      no     no      no       no  no    no     yes   no
reply_hash            no   no    no       no      no     no      no       no  no    no     yes   no
move_guest            no   no    no       no      no     no      no       no  no    no     no    no
is_proved_guest       no   no    no       no      no     no      no       no  no    no     no    no
convert_guest         no   no    no       no      no     no      no       no  no    yes    yes   no
convert_guest_to_user no   no    no       no      no     no      no       no  no    yes    yes   no
forget_visitors       no   no    no       no      no     no      no       no  no    no     yes   no
forget_conversations  no   no    no       no      no     no      no       no  no    no     yes   no
hold_tokens           no   no    no       no      no     no      no       no  no    no     yes   no
spend_tokens          no   no    no       no      no     no      no       no  no    no     yes   no
notify                no   no    no       no      no     no      no       no  no    no     yes   no
begin_call            no   no    no       no      no     no      no       no  no    no     yes   no
end_call              no   no    no       no      no     no      no       no  no    no     yes   no
settle_calls          no   no    no       no      no     no      no       no  no    no     yes   no
runs_elsewhere        no   no    no       no      no     no      no       no  no    no     yes   no
open_word             no   no    no       no      yes    yes     yes      yes yes   no     yes   no
begin_run             no   no    no       no      no     no      no       no  no    no     yes   no
recall                no   no    no       no      no     no      no       no  no    no     yes   no
hold_run              no   no    no       no      no     no      no       no  no    no     yes   no
hold_answer           no   no    no       no      no     no      no       no  no    no     yes   no
keep_frames           no   no    no       no      no     no      no       no  no    no     yes   no
once.serve            no   no    no       no      no     no      no       no  no    no     no    yes
once.keep_frames      no   no    no       no      no     no      no       no  no    no     no    yes
once.begin_call       no   no    no       no      no     no      no       no  no    no     no    yes
once.recall           no   no    no       no      no     no      no       no  no    no     no    yes
once.remember         no   no    no       no      no     no      no       no  no    no     no    yes
messages_sequence     no   no    no       no      no     no      no       no  no    no     yes   no
replies_sequence      no   no    no       no      no     no      no       no  no    no     no    no
"""


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """What is called, and for each actor whether it may."""
    head, *lines = TABLE.strip().splitlines()
    for line in lines:
        name, *words = line.split()
        yield name, dict(zip(head.split(), words, strict=True))
