"""Who may be restored at once."""

from scims_backup.adapters.postgres.post_data import Pass, passes

INDEX = "3200; 1259 16400 INDEX public people_name_idx owner"
KEY = "3201; 2606 16401 CONSTRAINT public people people_pkey owner"
ATTACHED = "3202; 0 0 INDEX ATTACH public events_2026_pkey owner"
FOREIGN = "3203; 2606 16402 FK CONSTRAINT public orders orders_person_fkey owner"
TRIGGER = "3204; 2620 16403 TRIGGER public people noted owner"
DATA = "3100; 0 16390 TABLE DATA public people owner"


def test_where_nothing_is_attached_there_is_one_pass():
    assert list(passes([DATA, INDEX, KEY, FOREIGN])) == [Pass([DATA, INDEX, KEY, FOREIGN], at_once=True)]


def test_what_is_attached_comes_alone_after_indexes_and_keys_and_before_the_rest():
    assert list(passes([DATA, ATTACHED, INDEX, TRIGGER, KEY, FOREIGN])) == [
        Pass([INDEX, KEY], at_once=True),
        Pass([ATTACHED], at_once=False),
        Pass([DATA, TRIGGER, FOREIGN], at_once=True),
    ]


def test_a_table_called_attach_is_no_attachment():
    index = "3200; 1259 16400 INDEX attach attach owner"
    assert list(passes([index])) == [Pass([index], at_once=True)]


EVENT = "12; 3466 16385 EVENT TRIGGER - no_ddl postgres"
SAID = "0; 0 0 COMMENT - EVENT TRIGGER no_ddl postgres"
CONTENT = "11; 0 16390 MATERIALIZED VIEW DATA public totals postgres"


def test_event_triggers_and_what_is_said_of_them_come_after_everything_else():
    assert list(passes([DATA, EVENT, SAID, INDEX, ATTACHED, CONTENT])) == [
        Pass([INDEX], at_once=True),
        Pass([ATTACHED], at_once=False),
        Pass([DATA, CONTENT], at_once=True),
        Pass([EVENT, SAID], at_once=False),
    ]
