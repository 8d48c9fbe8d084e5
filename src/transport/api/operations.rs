//! What can be asked for under one address by one method: how it is answered, and how that is described.

use super::filters::{Attribute, Kind};
use crate::app::App;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::{RefOr, Schema};

/// One operation. Its description cannot be left out: it is mounted by what describes it.
pub(super) struct Operation {
    pub(super) method: HttpMethod,
    /// Below `/api`, with the names of what stands in braces.
    pub(super) path: &'static str,
    pub(super) handler: MethodRouter<App>,
    pub(super) about: &'static str,
    /// Whether anybody may ask, without a credential.
    pub(super) is_open: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Shape>,
    pub(super) status: u16,
    pub(super) answer: Answer,
    /// The statuses of refusals, besides those that everything has.
    pub(super) refusals: &'static [u16],
}

/// Something in the query or in a header. None is needed.
pub(super) struct Parameter {
    pub(super) name: Cow<'static, str>,
    pub(super) about: String,
    pub(super) is_number: bool,
    pub(super) is_header: bool,
}

/// What an answer is made of.
pub(super) enum Answer {
    /// JSON of a type.
    Json(Shape),
    /// Something else, by its media type.
    Other(&'static str),
}

/// A type of the protocol, with all that it is made of.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

impl Shape {
    pub(super) fn of<T: ToSchema>() -> Self {
        let name = T::name().into_owned();
        let mut schemas = vec![(name.clone(), T::schema())];
        T::schemas(&mut schemas);
        Self { name, schemas }
    }
}

macro_rules! methods {
    ($($function:ident $method:ident),+ $(,)?) => { $(
        pub(super) fn $function<H, T>(path: &'static str, about: &'static str, handler: H) -> Operation
        where
            H: Handler<T, App>,
            T: 'static,
        {
            Operation::new(HttpMethod::$method, path, about, routing::$function(handler))
        }
    )+ };
}

methods!(get Get, post Post, put Put, delete Delete);

impl Operation {
    fn new(
        method: HttpMethod,
        path: &'static str,
        about: &'static str,
        handler: MethodRouter<App>,
    ) -> Self {
        Self {
            method,
            path,
            handler,
            about,
            is_open: false,
            parameters: Vec::new(),
            body: None,
            status: 200,
            answer: Answer::Other("application/json"),
            refusals: &[],
        }
    }

    /// Needs no credential.
    pub(super) fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// Can be filtered by the attributes of its rows.
    pub(super) fn filtered_by<A: Attribute>(mut self) -> Self {
        let parameter = |name: Cow<'static, str>, about: String, is_number| Parameter {
            name,
            about,
            is_number,
            is_header: false,
        };
        let names: Vec<_> = A::NAMES.iter().map(|(name, ..)| *name).collect();
        for (name, _, kind) in A::NAMES {
            let about = match kind {
                Kind::Number | Kind::Text => "Exactly this.".to_owned(),
                Kind::Date => "In this second, as `Thu, 20 May 2021 11:52:17 -0000`.".to_owned(),
            };
            self.parameters
                .push(parameter((*name).into(), about, *kind == Kind::Number));
            if *kind == Kind::Text {
                let about = "Holds this, in whatever case.".to_owned();
                self.parameters
                    .push(parameter(format!("{name}-like").into(), about, false));
            }
        }
        for (name, end) in [("ordered-by", "smallest"), ("ordered-by-desc", "largest")] {
            let about = format!("The {end} first, by one of {}.", names.join(", "));
            self.parameters.push(parameter(name.into(), about, false));
        }
        let limit = "How many at most, up to 1000.".to_owned();
        self.parameters.push(parameter("limit".into(), limit, true));
        let offset = "How many to pass over.".to_owned();
        self.parameters
            .push(parameter("offset".into(), offset, true));
        self
    }

    /// Looks at these numbers in the query, if they are there.
    pub(super) fn asks_for(mut self, numbers: &[(&'static str, &str)]) -> Self {
        self.parameters
            .extend(numbers.iter().map(|(name, about)| Parameter {
                name: (*name).into(),
                about: (*about).into(),
                is_number: true,
                is_header: false,
            }));
        self
    }

    /// Looks at that header, if it is there.
    pub(super) fn heeds(mut self, name: &'static str, about: &str) -> Self {
        self.parameters.push(Parameter {
            name: name.into(),
            about: about.into(),
            is_number: false,
            is_header: true,
        });
        self
    }

    pub(super) fn takes<T: ToSchema>(mut self) -> Self {
        self.body = Some(Shape::of::<T>());
        self
    }

    pub(super) fn answers<T: ToSchema>(mut self, status: u16) -> Self {
        self.status = status;
        self.answer = Answer::Json(Shape::of::<T>());
        self
    }

    pub(super) fn answers_as(mut self, media_type: &'static str) -> Self {
        self.answer = Answer::Other(media_type);
        self
    }

    pub(super) fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.refusals = statuses;
        self
    }

    /// The method as it is written.
    pub(super) fn verb(&self) -> &'static str {
        match self.method {
            HttpMethod::Get => "GET",
            HttpMethod::Put => "PUT",
            HttpMethod::Delete => "DELETE",
            _ => "POST",
        }
    }

    /// What stands in braces in the address.
    pub(super) fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
