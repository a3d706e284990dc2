"""The columns of the catalogs that a dump is made from: what this program knows of, for each major.

A server can have more: a patched one, or a minor release that began to keep something. What such a column
holds is compared by nobody, and a proof says so by the column's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scims_backup.engines.postgresql.connect.connection import Connection

_UNKNOWN = "is a catalog column that this program does not know: its contents are not compared"
_COLUMNS = """
SELECT c.relname, a.attname
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relname = ANY(%s)
"""
_SINCE_14 = {
    "pg_aggregate": (
        "aggfnoid aggkind aggnumdirectargs aggtransfn aggfinalfn aggcombinefn "
        "aggserialfn aggdeserialfn aggmtransfn aggminvtransfn aggmfinalfn "
        "aggfinalextra aggmfinalextra aggfinalmodify aggmfinalmodify aggsortop "
        "aggtranstype aggtransspace aggmtranstype aggmtransspace agginitval "
        "aggminitval"
    ),
    "pg_am": "oid amname amhandler amtype",
    "pg_amop": (
        "oid amopfamily amoplefttype amoprighttype amopstrategy amoppurpose amopopr amopmethod amopsortfamily"
    ),
    "pg_amproc": "oid amprocfamily amproclefttype amprocrighttype amprocnum amproc",
    "pg_attrdef": "oid adrelid adnum adbin",
    "pg_attribute": (
        "attrelid attname atttypid attstattarget attlen attnum attndims attcacheoff "
        "atttypmod attbyval attalign attstorage attcompression attnotnull atthasdef "
        "atthasmissing attidentity attgenerated attisdropped attislocal attinhcount "
        "attcollation attacl attoptions attfdwoptions attmissingval"
    ),
    "pg_auth_members": "roleid member grantor admin_option",
    "pg_authid": (
        "oid rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin "
        "rolreplication rolbypassrls rolconnlimit rolpassword rolvaliduntil"
    ),
    "pg_cast": "oid castsource casttarget castfunc castcontext castmethod",
    "pg_class": (
        "oid relname relnamespace reltype reloftype relowner relam relfilenode "
        "reltablespace relpages reltuples relallvisible reltoastrelid relhasindex "
        "relisshared relpersistence relkind relnatts relchecks relhasrules "
        "relhastriggers relhassubclass relrowsecurity relforcerowsecurity "
        "relispopulated relreplident relispartition relrewrite relfrozenxid "
        "relminmxid relacl reloptions relpartbound"
    ),
    "pg_collation": (
        "oid collname collnamespace collowner collprovider collisdeterministic "
        "collencoding collcollate collctype collversion"
    ),
    "pg_constraint": (
        "oid conname connamespace contype condeferrable condeferred convalidated "
        "conrelid contypid conindid conparentid confrelid confupdtype confdeltype "
        "confmatchtype conislocal coninhcount connoinherit conkey confkey conpfeqop "
        "conppeqop conffeqop conexclop conbin"
    ),
    "pg_conversion": ("oid conname connamespace conowner conforencoding contoencoding conproc condefault"),
    "pg_database": (
        "oid datname datdba encoding datcollate datctype datistemplate datallowconn "
        "datconnlimit datlastsysoid datfrozenxid datminmxid dattablespace datacl"
    ),
    "pg_db_role_setting": "setdatabase setrole setconfig",
    "pg_default_acl": "oid defaclrole defaclnamespace defaclobjtype defaclacl",
    "pg_description": "objoid classoid objsubid description",
    "pg_enum": "oid enumtypid enumsortorder enumlabel",
    "pg_event_trigger": "oid evtname evtevent evtowner evtfoid evtenabled evttags",
    "pg_extension": ("oid extname extowner extnamespace extrelocatable extversion extconfig extcondition"),
    "pg_foreign_data_wrapper": "oid fdwname fdwowner fdwhandler fdwvalidator fdwacl fdwoptions",
    "pg_foreign_server": "oid srvname srvowner srvfdw srvtype srvversion srvacl srvoptions",
    "pg_foreign_table": "ftrelid ftserver ftoptions",
    "pg_index": (
        "indexrelid indrelid indnatts indnkeyatts indisunique indisprimary "
        "indisexclusion indimmediate indisclustered indisvalid indcheckxmin "
        "indisready indislive indisreplident indkey indcollation indclass indoption "
        "indexprs indpred"
    ),
    "pg_inherits": "inhrelid inhparent inhseqno inhdetachpending",
    "pg_language": ("oid lanname lanowner lanispl lanpltrusted lanplcallfoid laninline lanvalidator lanacl"),
    "pg_largeobject_metadata": "oid lomowner lomacl",
    "pg_namespace": "oid nspname nspowner nspacl",
    "pg_opclass": ("oid opcmethod opcname opcnamespace opcowner opcfamily opcintype opcdefault opckeytype"),
    "pg_operator": (
        "oid oprname oprnamespace oprowner oprkind oprcanmerge oprcanhash oprleft "
        "oprright oprresult oprcom oprnegate oprcode oprrest oprjoin"
    ),
    "pg_opfamily": "oid opfmethod opfname opfnamespace opfowner",
    "pg_partitioned_table": (
        "partrelid partstrat partnatts partdefid partattrs partclass partcollation partexprs"
    ),
    "pg_policy": "oid polname polrelid polcmd polpermissive polroles polqual polwithcheck",
    "pg_proc": (
        "oid proname pronamespace proowner prolang procost prorows provariadic "
        "prosupport prokind prosecdef proleakproof proisstrict proretset provolatile "
        "proparallel pronargs pronargdefaults prorettype proargtypes proallargtypes "
        "proargmodes proargnames proargdefaults protrftypes prosrc probin prosqlbody "
        "proconfig proacl"
    ),
    "pg_publication": (
        "oid pubname pubowner puballtables pubinsert pubupdate pubdelete pubtruncate pubviaroot"
    ),
    "pg_publication_rel": "oid prpubid prrelid",
    "pg_range": ("rngtypid rngsubtype rngmultitypid rngcollation rngsubopc rngcanonical rngsubdiff"),
    "pg_rewrite": "oid rulename ev_class ev_type ev_enabled is_instead ev_qual ev_action",
    "pg_seclabel": "objoid classoid objsubid provider label",
    "pg_sequence": "seqrelid seqtypid seqstart seqincrement seqmax seqmin seqcache seqcycle",
    "pg_shdescription": "objoid classoid description",
    "pg_shseclabel": "objoid classoid provider label",
    "pg_statistic_ext": ("oid stxrelid stxname stxnamespace stxowner stxstattarget stxkeys stxkind stxexprs"),
    "pg_subscription": (
        "oid subdbid subname subowner subenabled subbinary substream subconninfo "
        "subslotname subsynccommit subpublications"
    ),
    "pg_transform": "oid trftype trflang trffromsql trftosql",
    "pg_trigger": (
        "oid tgrelid tgparentid tgname tgfoid tgtype tgenabled tgisinternal "
        "tgconstrrelid tgconstrindid tgconstraint tgdeferrable tginitdeferred tgnargs "
        "tgattr tgargs tgqual tgoldtable tgnewtable"
    ),
    "pg_ts_config": "oid cfgname cfgnamespace cfgowner cfgparser",
    "pg_ts_config_map": "mapcfg maptokentype mapseqno mapdict",
    "pg_ts_dict": "oid dictname dictnamespace dictowner dicttemplate dictinitoption",
    "pg_ts_parser": "oid prsname prsnamespace prsstart prstoken prsend prsheadline prslextype",
    "pg_ts_template": "oid tmplname tmplnamespace tmplinit tmpllexize",
    "pg_type": (
        "oid typname typnamespace typowner typlen typbyval typtype typcategory "
        "typispreferred typisdefined typdelim typrelid typsubscript typelem typarray "
        "typinput typoutput typreceive typsend typmodin typmodout typanalyze typalign "
        "typstorage typnotnull typbasetype typtypmod typndims typcollation "
        "typdefaultbin typdefault typacl"
    ),
    "pg_user_mapping": "oid umuser umserver umoptions",
}
_ADDED = {
    15: {
        "pg_collation": "colliculocale",
        "pg_constraint": "confdelsetcols",
        "pg_database": "datlocprovider daticulocale datcollversion",
        "pg_index": "indnullsnotdistinct",
        "pg_parameter_acl": "oid parname paracl",
        "pg_publication_namespace": "oid pnpubid pnnspid",
        "pg_publication_rel": "prqual prattrs",
        "pg_subscription": "subskiplsn subtwophasestate subdisableonerr",
    },
    16: {
        "pg_auth_members": "oid inherit_option set_option",
        "pg_collation": "collicurules",
        "pg_database": "daticurules",
        "pg_subscription": "subpasswordrequired subrunasowner suborigin",
    },
    17: {
        "pg_collation": "colllocale",
        "pg_database": "dathasloginevt datlocale",
        "pg_subscription": "subfailover",
    },
    18: {
        "pg_class": "relallfrozen",
        "pg_constraint": "conenforced conperiod",
        "pg_publication": "pubgencols",
    },
}
"""Major → catalog → the columns that came with it. Those that went are no harm: nobody has them."""


def unknown_columns(connection: Connection) -> dict[str, str]:
    """Name the columns of this server's catalogs that are not judged since nobody knows them, and why."""
    known = known_columns(connection.info.server_version // 10000)
    there = connection.execute(_COLUMNS, [list(known)]).fetchall()
    return {f"catalog column {column}": _UNKNOWN for column in strangers(there, known)}


def strangers(there: Iterable[tuple[str, str]], known: dict[str, frozenset[str]]) -> Iterator[str]:
    """Yield `catalog.column` of those that are there and not known."""
    for catalog, column in sorted(there):
        if column not in known.get(catalog, ()):
            yield f"{catalog}.{column}"


def known_columns(major: int) -> dict[str, frozenset[str]]:
    """Return each catalog's columns in a major."""
    found = {catalog: set(names.split()) for catalog, names in _SINCE_14.items()}
    for since, catalogs in _ADDED.items():
        if since <= major:
            for catalog, names in catalogs.items():
                found.setdefault(catalog, set()).update(names.split())
    return {catalog: frozenset(names) for catalog, names in found.items()}
